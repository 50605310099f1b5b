using System.Text.Json;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Clocks;

/// <summary>The file <c>clock.json</c> in the data directory: a <see cref="ClockReading"/>, replaced whole.</summary>
/// <param name="directory">The data directory.</param>
/// <param name="logger">Told of a file that cannot be read.</param>
internal sealed partial class ClockFile(string directory, ILogger logger)
{
    /// <summary>Its name.</summary>
    public const string Name = "clock.json";

    private static readonly JsonSerializerOptions Json = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true };

    private readonly string _path = Path.Combine(directory, Name);

    /// <summary>What was written last; null for nothing, or nothing that can be read: the store's own times then have to do.</summary>
    public ClockReading? Read()
    {
        try
        {
            return File.Exists(_path) ? JsonSerializer.Deserialize<ClockReading>(File.ReadAllBytes(_path), Json) : null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            LogUnreadable(_path, e.Message);
            return null;
        }
    }

    /// <summary>Replaces it, on disk when this returns.</summary>
    /// <exception cref="IOException">It cannot be written; also <see cref="UnauthorizedAccessException"/>. The last one stays.</exception>
    public void Write(ClockReading reading)
    {
        var next = _path + ".new";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None))
        {
            JsonSerializer.Serialize(file, reading, Json);
            file.Flush(flushToDisk: true);
        }

        File.Move(next, _path, overwrite: true);
    }

    [LoggerMessage(1601, LogLevel.Warning, "{Path} cannot be read, so the last known time is that of the store's newest flow: {Reason}")]
    private partial void LogUnreadable(string path, string reason);
}
