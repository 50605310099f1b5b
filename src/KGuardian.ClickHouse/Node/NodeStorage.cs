using System.Xml.Linq;

namespace KGuardian.ClickHouse.Node;

/// <summary>
/// The local node's disks. The engine does not miss a disk that its configuration no longer names: what lies there is silently not read. So it is
/// kept on record that there is one, which must then be there, or be empty before it may go.
/// </summary>
internal sealed class NodeStorage(NodeFiles files, ColdDisk? cold)
{
    /// <summary>In the directory of a cold disk: whose it is. Not there where the disk is not mounted.</summary>
    public const string MarkerName = "kguardian-cold-disk";

    private const string Volume = "cold";

    /// <summary>On record instead of a place: there was a cold disk, and it went without holding anything.</summary>
    private const string Nowhere = "none";

    /// <summary>The metadata of a bucket's files is on the local disk.</summary>
    private string S3Metadata => Path.Combine(files.Store, "disks", Volume);

    /// <summary>What the volume is on when the cold disk is gone: a table whose rule names a volume that is not there does not load.</summary>
    private XElement[] Placeholder =>
    [
        new XElement("type", "local"),
        new XElement("path", Path.Combine(files.Store, "disks", Nowhere) + "/"),
        // All of it, so that nothing goes there before the rule is removed.
        new XElement("keep_free_space_ratio", 1),
    ];

    /// <summary>Makes sure that the cold disk is the one of the last start, when that one holds days; then puts this one on record.</summary>
    /// <exception cref="LocalNodeException">It is another one, or is not there.</exception>
    public void Settle()
    {
        var used = ReadRecord();
        if (cold is null)
        {
            if (used is not null && HoldsDays(used))
            {
                throw new LocalNodeException(
                    $"Days of this store are on the cold disk '{used.Location}', which is not configured any more: they would be missing. "
                    + $"Set {SettingNames.ColdPath} "
                    + $"or {SettingNames.ColdS3Endpoint} again; with {SettingNames.ColdAfterDays} = 0 they are moved back, and after that it can go.");
            }

            // Its name is kept, should it come back.
            if (used is not null)
            {
                NodeFiles.WriteText(files.ColdRecord, $"{used.Id}\n{Nowhere}\n");
            }

            return;
        }

        var now = new Record(used?.Id ?? NodeFiles.NewPassword(), cold.Location);
        if (cold.Path is null)
        {
            RefuseWhile(used is not null && used.Location != now.Location && HoldsDays(used), SettingNames.ColdS3Endpoint, used);
        }
        else
        {
            SettleDirectory(now, used);
        }

        NodeFiles.WriteText(files.ColdRecord, $"{now.Id}\n{now.Location}\n");
    }

    /// <summary>Disks and policy. The policy is always there, also without a cold disk: tables once under it name it for ever.</summary>
    public XElement Config()
    {
        object[]? disk = cold is not null ? Disk(cold) : ReadRecord() is not null ? Placeholder : null;
        return new("storage_configuration",
            disk is null ? null : new XElement("disks", new XElement(Volume, disk)),
            new XElement("policies",
                new XElement(LocalNode.TieredPolicy,
                    new XElement("volumes",
                        // As in the policy "default", from which tables come.
                        new XElement("default", new XElement("disk", "default")),
                        disk is null ? null : new XElement(Volume, new XElement("disk", Volume))),
                    // By age only, and not when the first disk fills up.
                    new XElement("move_factor", 0))));
    }

    private object[] Disk(ColdDisk disk) =>
        disk.Path is not null
            ? [new XElement("type", "local"), new XElement("path", disk.Location.TrimEnd('/') + "/")]
            : [
                new XElement("type", "s3"),
                new XElement("endpoint", disk.Location),
                new XElement("metadata_path", S3Metadata + "/"),
                .. disk.AccessKey is null
                    ? new[] { new XElement("use_environment_credentials", 1) }
                    : [new XElement("access_key_id", disk.AccessKey), new XElement("secret_access_key", disk.SecretKey)],
            ];

    private void SettleDirectory(Record now, Record? used)
    {
        if ((now.Location + "/").StartsWith(files.Store + "/", StringComparison.Ordinal))
        {
            throw new LocalNodeException($"{SettingNames.ColdPath} is '{now.Location}', which the node itself uses: name a directory on another disk.");
        }

        var marker = Path.Combine(now.Location, MarkerName);
        try
        {
            var found = File.Exists(marker) ? File.ReadAllText(marker).Trim() : null;
            RefuseWhile(used is not null && found != used.Id && HoldsDays(used), SettingNames.ColdPath, used);
            if (found is not null && found != now.Id)
            {
                throw new LocalNodeException($"{SettingNames.ColdPath} is '{now.Location}', which is the cold disk of another store: name an empty directory.");
            }

            if (!Directory.Exists(now.Location))
            {
                PrivateFiles.CreateDirectory(now.Location);
            }

            File.WriteAllText(marker, now.Id + "\n");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LocalNodeException($"{SettingNames.ColdPath} is '{now.Location}', which cannot be written to: {e.Message}", e);
        }
    }

    private void RefuseWhile(bool daysAreElsewhere, string setting, Record? used)
    {
        if (daysAreElsewhere)
        {
            throw new LocalNodeException(
                $"{setting} is '{cold}', but this store keeps days on the cold disk '{used!.Location}', and it is not that one, or it is not mounted: they "
                + $"would be missing. A directory may be moved with all its content, '{MarkerName}' included, while the server is stopped. Or set what was set "
                + $"before and {SettingNames.ColdAfterDays} = 0, which moves them back.");
        }
    }

    /// <summary>Whether parts are there; also when that cannot be seen.</summary>
    private bool HoldsDays(Record used)
    {
        if (used.Location == Nowhere)
        {
            return false;
        }

        if (used.Location.Contains("://", StringComparison.Ordinal))
        {
            return HasParts(S3Metadata);
        }

        var marker = Path.Combine(used.Location, MarkerName);
        return !File.Exists(marker) || File.ReadAllText(marker).Trim() != used.Id || HasParts(used.Location);
    }

    /// <summary>Each part has such a file.</summary>
    private static bool HasParts(string directory) =>
        Directory.Exists(directory) && Directory.EnumerateFiles(directory, "checksums.txt", SearchOption.AllDirectories).Any();

    private Record? ReadRecord() =>
        File.Exists(files.ColdRecord) && File.ReadAllLines(files.ColdRecord) is [var id, var location, ..] ? new Record(id, location) : null;

    private sealed record Record(string Id, string Location);
}
