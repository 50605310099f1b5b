using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Node;

/// <summary>
/// Drains one of the child's output streams into the log: always, as a full pipe would stop the child; never at more than a bounded rate, as an
/// engine in trouble repeats itself. Its last lines are kept, to say why it died.
/// </summary>
internal sealed class NodeOutput(ILogger logger, TimeProvider time)
{
    /// <summary>Longer lines are cut: a query text can be megabytes.</summary>
    private const int MaxLineLength = 2000;

    private const int MaxLinesPerSecond = 50;

    // The end of a start-up failure: the message, and some lines of its context
    private const int KeptLines = 20;

    private readonly Queue<string> _last = new();
    private LogLevel _level = LogLevel.Debug;
    private long _windowStart;
    private int _inWindow;
    private long _suppressed;

    /// <summary>Reads to the end of the stream.</summary>
    public async Task DrainAsync(TextReader reader)
    {
        var buffer = new char[4096];
        var line = new char[MaxLineLength];
        var length = 0;
        for (int read; (read = await reader.ReadAsync(buffer)) > 0;)
        {
            foreach (var c in buffer.AsSpan(0, read))
            {
                if (c == '\n')
                {
                    Accept(new string(line, 0, length));
                    length = 0;
                }
                else if (length < line.Length)
                {
                    line[length++] = c;
                }
            }
        }

        if (length > 0)
        {
            Accept(new string(line, 0, length));
        }

        ReportSuppressed();
    }

    /// <summary>The last lines, for an error message; empty if there were none.</summary>
    public string LastLines()
    {
        lock (_last)
        {
            return string.Join('\n', _last);
        }
    }

    private void Accept(string line)
    {
        if (IsStackFrame(line))
        {
            return;
        }

        lock (_last)
        {
            _last.Enqueue(line);
            if (_last.Count > KeptLines)
            {
                _last.Dequeue();
            }
        }

        _level = LevelOf(line) ?? _level;
        if (_inWindow == 0 || time.GetElapsedTime(_windowStart) >= TimeSpan.FromSeconds(1))
        {
            ReportSuppressed();
            _windowStart = time.GetTimestamp();
            _inWindow = 0;
        }

        if (++_inWindow <= MaxLinesPerSecond)
        {
            LocalNodeLog.EngineLine(logger, _level, line);
        }
        else
        {
            _suppressed++;
        }
    }

    private void ReportSuppressed()
    {
        if (_suppressed > 0)
        {
            LocalNodeLog.EngineLinesSuppressed(logger, _suppressed);
        }

        _suppressed = 0;
    }

    // "12. ? @ 0x000000001c8fa4b3": the library has no symbols, so these say nothing.
    private static bool IsStackFrame(string line) =>
        line.Length == 0 || (char.IsAsciiDigit(line[0]) && line.Contains(" @ 0x", StringComparison.Ordinal));

    // "2026.11.21 02:23:21.364787 [ 4972 ] {} <Debug> Context: ..."; a line without a level goes on with the one before, except that a bare
    // "Code: 210. DB::Exception: ..." is how the engine says why it ends.
    private static LogLevel? LevelOf(string line)
    {
        if (line.StartsWith("Code: ", StringComparison.Ordinal))
        {
            return LogLevel.Error;
        }

        var start = line.IndexOf("} <", StringComparison.Ordinal);
        if (start < 0)
        {
            return null;
        }

        var end = line.IndexOf('>', start);
        return end < 0 ? null : line[(start + 3)..end] switch
        {
            "Fatal" or "Critical" => LogLevel.Critical,
            "Error" => LogLevel.Error,
            "Warning" => LogLevel.Warning,
            "Notice" or "Information" => LogLevel.Information,
            "Debug" => LogLevel.Debug,
            "Trace" or "Test" => LogLevel.Trace,
            _ => null,
        };
    }
}
