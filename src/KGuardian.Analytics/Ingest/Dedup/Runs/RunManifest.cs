using System.Globalization;
using System.Text;
using System.Text.Json;

namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>Which files are the known flows of which store: a line of JSON, and one with its checksum.</summary>
/// <param name="Store">What the flows are of. The files of another store say nothing about this one.</param>
/// <param name="Watermark">All flows up to this place in the order of arrival are in the files; null while that is true of none.</param>
/// <param name="Runs">The files, from the oldest to the newest.</param>
internal sealed record RunManifest(string Store, long? Watermark, IReadOnlyList<RunName> Runs)
{
    /// <summary>A run takes some 60 bytes here, and there are not more than the binary logarithm of all flows: 1 MiB is a thousand times that.</summary>
    private const int MaxBytes = 1 << 20;

    /// <summary>Reads a file; null when there is none.</summary>
    /// <exception cref="InvalidDataException">It is damaged, or no such file.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static RunManifest? Read(string path)
    {
        if (!File.Exists(path))
        {
            return null;
        }

        if (new FileInfo(path).Length > MaxBytes)
        {
            throw new InvalidDataException($"{path}: it has more than {MaxBytes} bytes");
        }

        var text = File.ReadAllBytes(path);
        var end = text.AsSpan().IndexOf((byte)'\n');
        if (end < 0 || !text.AsSpan(end).SequenceEqual(Sum(text.AsSpan(0, end))))
        {
            throw new InvalidDataException($"{path}: it is damaged");
        }

        try
        {
            // What has a checksum was written here: a name that leads elsewhere is nobody's work but a later version's.
            return JsonSerializer.Deserialize<RunManifest>(text.AsSpan(0, end)) is { Store: not null, Runs: not null } manifest
                && manifest.Runs.All(run => run?.File is { } file && file == Path.GetFileName(file)) ? manifest
                : throw new InvalidDataException($"{path}: something is missing in it");
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{path}: it is no list of runs: {e.Message}", e);
        }
    }

    /// <summary>Replaces a file: whenever this process is killed, there is the one before or this one.</summary>
    /// <exception cref="IOException">The disk is full, or fails; the one before is there.</exception>
    public void Write(string path)
    {
        var json = JsonSerializer.SerializeToUtf8Bytes(this);
        var draft = path + ".draft";
        using (var file = File.OpenHandle(draft, FileMode.Create, FileAccess.Write))
        {
            RandomAccess.Write(file, json, 0);
            RandomAccess.Write(file, Sum(json), json.Length);
            RandomAccess.FlushToDisk(file);
        }

        File.Move(draft, path, overwrite: true);
    }

    private static byte[] Sum(ReadOnlySpan<byte> json) => Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\n{Crc32C.Of(json):x8}\n"));
}

/// <summary>A run's file.</summary>
/// <param name="File">Its name in the directory.</param>
/// <param name="Id">The <see cref="KeyRun.Id"/> that it must have.</param>
internal sealed record RunName(string File, Guid Id);
