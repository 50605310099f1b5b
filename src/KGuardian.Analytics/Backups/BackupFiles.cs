using System.Globalization;
using System.Xml;

namespace KGuardian.Analytics.Backups;

/// <summary>
/// The files of backups on a disk of this machine, against the list that ClickHouse writes into each backup last: whether all are there with their sizes.
/// ClickHouse itself misses a file only when it comes to it.
/// </summary>
internal static class BackupFiles
{
    /// <summary>The list, without which a backup is not whole.</summary>
    public const string List = ".backup";

    /// <summary>The first thing that is wrong with a backup or one that it builds on; null when nothing is.</summary>
    /// <param name="place">A backup in a directory that is known.</param>
    public static string? FindDamage(BackupDestination place)
    {
        for (var backup = place; ;)
        {
            var list = Path.Combine(backup.LocalPath!, List);
            if (!File.Exists(list))
            {
                return Directory.Exists(backup.LocalPath)
                    ? $"{Named(backup, place)} has no {List}: it was not made to its end, or lost files"
                    : $"{Named(backup, place)} is not there";
            }

            try
            {
                if (FindDamage(backup.LocalPath!, list, out var basedOn) is { } damage)
                {
                    return $"{Named(backup, place)} {damage}";
                }

                if (basedOn is null || BackupDestination.Parse(basedOn) is not { IsFile: true } next)
                {
                    return null;
                }

                backup = next with { Directory = place.Directory };
            }
            catch (Exception e) when (e is XmlException or IOException or UnauthorizedAccessException or FormatException)
            {
                return $"{Named(backup, place)} has a {List} that cannot be read: {e.Message}";
            }
        }
    }

    private static string Named(BackupDestination backup, BackupDestination place) => backup == place ? "it" : $"{backup}, which it builds on,";

    private static string? FindDamage(string directory, string list, out string? basedOn)
    {
        basedOn = null;
        using var reader = XmlReader.Create(list);
        reader.ReadToFollowing("config");
        string? name = null;
        long size = 0;
        long baseSize = 0;
        var isElsewhere = false;
        while (reader.Read())
        {
            if (reader is { NodeType: XmlNodeType.EndElement, Name: "file" })
            {
                // What is empty is not written, what is equal to another file is written once, and what the base has is its own to show.
                var expected = size - baseSize;
                if (expected > 0 && !isElsewhere && new FileInfo(Path.Combine(directory, name!)) is var file && (!file.Exists || file.Length != expected))
                {
                    return $"lacks the file {name}{(file.Exists ? $" as it was: it has {file.Length} bytes, not {expected}" : "")}";
                }

                (name, size, baseSize, isElsewhere) = (null, 0, 0, false);
                continue;
            }

            if (reader.NodeType != XmlNodeType.Element)
            {
                continue;
            }

            switch (reader.Name)
            {
                case "name":
                    name = Text(reader);
                    break;
                case "size":
                    size = Number(reader);
                    break;
                case "base_size":
                    (baseSize, isElsewhere) = (Number(reader), false);
                    break;
                case "use_base":
                    // With a size of its own it is the begin of the file only.
                    isElsewhere |= baseSize == 0;
                    break;
                case "data_file":
                    isElsewhere = true;
                    break;
                case "base_backup":
                    basedOn = Text(reader);
                    break;
            }
        }

        return null;
    }

    /// <summary>Leaves the reader at the element's end, which the caller's next read passes.</summary>
    private static string Text(XmlReader reader)
    {
        reader.Read();
        return reader.NodeType == XmlNodeType.Text ? reader.Value : "";
    }

    private static long Number(XmlReader reader) => long.Parse(Text(reader), NumberStyles.None, CultureInfo.InvariantCulture);
}
