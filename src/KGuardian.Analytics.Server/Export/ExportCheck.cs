using System.Security.Cryptography;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Export;

/// <summary>Whether a directory or a bucket holds what its manifest says: every part, its bytes and rows, and one behind the other without a gap.</summary>
internal static class ExportCheck
{
    /// <summary>What is wrong, a line each; nothing when it is as it was written.</summary>
    /// <exception cref="UsageException">There is no manifest.</exception>
    public static async Task<(ExportManifest Manifest, List<string> Wrong)> LookAsync(ExportPlace place, CancellationToken cancellationToken)
    {
        var manifest = await place.ReadAsync(cancellationToken) ?? throw new UsageException($"{place.Name} has no {ExportManifest.FileName}");
        var (format, wrong, complete) = (ExportFormat.Of(manifest.Request.Format, ""), new List<string>(), manifest.From);
        foreach (var part in manifest.Parts)
        {
            if (part.From != complete)
            {
                wrong.Add($"there is nothing from {complete} to {part.From}");
            }

            complete = part.To;
            if (part.File is not null && await WrongAsync(place, part, format, cancellationToken) is { } problem)
            {
                wrong.Add($"{part.File}: {problem}");
            }
        }

        if (complete != manifest.CompleteTo || (manifest.Finished is not null && complete != manifest.To))
        {
            wrong.Add($"parts end at {complete}, and not at {(manifest.Finished is null ? manifest.CompleteTo : manifest.To)}");
        }

        // Who was killed may have left one part more than the manifest says, which the same command makes anew.
        var left = manifest.Finished is null ? ExportPart.NameOf(ExportWindow.Parse(manifest.CompleteTo), format) : null;
        var known = manifest.Parts.Select(part => part.File).Append(left).ToHashSet();
        wrong.AddRange((await place.ListAsync("flows-", $".{format.Name}", cancellationToken)).Where(name => !known.Contains(name))
            .Select(name => $"{name}: the manifest does not know it"));
        return (manifest, wrong);
    }

    private static async Task<string?> WrongAsync(ExportPlace place, ExportPart part, ExportFormat format, CancellationToken cancellationToken)
    {
        await using var file = await place.OpenAsync(Path.GetFileName(part.File!), cancellationToken);
        if (file is null)
        {
            return "it is not there";
        }

        if (file.Length != part.Bytes)
        {
            return $"it has {file.Length} bytes, and not {part.Bytes}";
        }

        if (Convert.ToHexStringLower(await SHA256.HashDataAsync(file, cancellationToken)) != part.Sha256)
        {
            return "its bytes are others than were written";
        }

        file.Seek(0, SeekOrigin.Begin);
        try
        {
            return RowCounts.Of(format, file) is var rows && rows != part.Rows ? $"it has {rows} rows, and not {part.Rows}" : null;
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException or ArgumentOutOfRangeException)
        {
            return e.Message;
        }
    }
}
