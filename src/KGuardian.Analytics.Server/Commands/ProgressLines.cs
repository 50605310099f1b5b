using System.Globalization;
using KGuardian.Analytics.Backups;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>Shows progress on standard error: a line that changes at a terminal, else a line a phase and every ten seconds.</summary>
internal sealed class ProgressLines(TimeProvider clock)
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly bool _rewrites = !Console.IsErrorRedirected;
    private readonly long _started = clock.GetTimestamp();
    private string _phase = "";
    private string _line = "";
    private long _shownAt;

    public void Show(BackupProgress progress)
    {
        var line = string.Create(CultureInfo.InvariantCulture, $"{Text(progress)} ({clock.GetElapsedTime(_started).TotalSeconds:0} s)");
        if (line == _line || (!_rewrites && progress.Phase == _phase && clock.GetElapsedTime(_shownAt) < Interval))
        {
            return;
        }

        (_phase, _line, _shownAt) = (progress.Phase, line, clock.GetTimestamp());
        Console.Error.Write(_rewrites ? $"\r\u001b[K{line}" : $"{line}\n");
    }

    /// <summary>Leaves the line that was changing.</summary>
    public void End()
    {
        if (_rewrites && _line.Length > 0)
        {
            Console.Error.Write("\r\u001b[K");
        }
    }

    private static string Text(BackupProgress progress) =>
        progress.BytesTotal == 0
            ? progress.Phase
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{progress.Phase}: {progress.BytesTotal / 1e6:0.0} MB "
                + $"in {progress.FilesTotal} files{(progress.Bytes > 0 ? $", {100.0 * progress.Bytes / progress.BytesTotal:0} %" : "")}");
}
