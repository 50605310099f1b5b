using System.Security.Cryptography;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Endpoints;

/// <summary>
/// Something made of the content of files, made anew when that changes: looked at again once a second, when the value is asked for; by content,
/// because a mounted secret changes behind a link. Files that cannot be used any more leave the last value valid, and are logged.
/// </summary>
internal sealed partial class FileBacked<T>
    where T : class
{
    private const long LookIntervalMilliseconds = 1000;

    private readonly Lock _gate = new();
    private readonly string[] _paths;
    private readonly Func<string[], T> _make;
    private readonly ILogger _logger;
    private string[] _texts;
    private string? _problem;
    private volatile T _value;
    private long _lookedAt = Environment.TickCount64;

    /// <summary>Reads the files.</summary>
    /// <param name="paths">None: the value never changes.</param>
    /// <param name="make">Makes the value of the files' texts, in the paths' order.</param>
    /// <param name="logger">Told of changes, never of contents.</param>
    /// <exception cref="IOException">A file cannot be read; also <see cref="UnauthorizedAccessException"/>.</exception>
    public FileBacked(IEnumerable<string> paths, Func<string[], T> make, ILogger logger)
    {
        _paths = [.. paths];
        _make = make;
        _logger = logger;
        _texts = ReadAll();
        _value = make(_texts);
    }

    /// <summary>What the files hold now, or held when they could last be used.</summary>
    public T Value
    {
        get
        {
            if (_paths.Length > 0 && Environment.TickCount64 - Volatile.Read(ref _lookedAt) >= LookIntervalMilliseconds)
            {
                lock (_gate)
                {
                    LookAgain();
                    Volatile.Write(ref _lookedAt, Environment.TickCount64);
                }
            }

            return _value;
        }
    }

    private string[] ReadAll() => [.. _paths.Select(SecretText.Read)];

    private void LookAgain()
    {
        try
        {
            var texts = ReadAll();
            if (!texts.AsSpan().SequenceEqual(_texts))
            {
                _value = _make(texts);
                _texts = texts;
                LogChanged(string.Join(", ", _paths));
            }

            _problem = null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException)
        {
            if (_problem != e.Message)
            {
                _problem = e.Message;
                LogUnusable(string.Join(", ", _paths), e.Message);
            }
        }
    }

    [LoggerMessage(1103, LogLevel.Information, "{Files} changed: what they hold is used from now on")]
    private partial void LogChanged(string files);

    [LoggerMessage(1104, LogLevel.Error, "{Files} cannot be used any more, what they held before stays valid: {Reason}")]
    private partial void LogUnusable(string files, string reason);
}
