using System.Globalization;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>
/// A wall clock of the server's that can be set forward, by Debian's libfaketime; timeouts and measured times, which take the monotonic clock, go on as
/// ever. The node keeps the real time: it would end idle connections when days pass, and its reading of the clock would cost it a lock.
/// </summary>
internal sealed class SteppedClock : IDisposable
{
    private const string Library = "libfaketimeMT.so.1";
    private const string Places = "/usr/lib";
    private static readonly TimeSpan Reread = TimeSpan.FromSeconds(1);
    private readonly string _file = Path.Combine(Path.GetTempPath(), $"kguardian-bench-clock-{Guid.NewGuid():N}");

    public SteppedClock()
    {
        var library = Directory.EnumerateDirectories(Places).Select(directory => Path.Combine(directory, "faketime", Library)).FirstOrDefault(File.Exists)
            ?? throw new InvalidOperationException($"There is no {Library} under {Places}/*/faketime; install it: apt-get install faketime.");
        Environment = new Dictionary<string, string>
        {
            ["LD_PRELOAD"] = library,
            ["FAKETIME_TIMESTAMP_FILE"] = _file,
            ["FAKETIME_SKIP_CMDS"] = AnalyticsTarget.Executable,
            ["FAKETIME_CACHE_DURATION"] = Reread.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            ["FAKETIME_DONT_FAKE_MONOTONIC"] = "1",
            ["DONT_FAKE_MONOTONIC"] = "1",
            // Its correction for older versions of glibc: with a newer one, waits by the monotonic clock end at once, and a core is busy waiting.
            ["FAKETIME_FORCE_MONOTONIC_FIX"] = "0",
        };
        Set(0);
    }

    /// <summary>What the server must be started with.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; }

    /// <summary>So many days are ahead of the real clock from now on; returns when the server has seen it.</summary>
    public void Set(int days)
    {
        // Moved into place: who reads half a file would be back at the real time.
        var draft = _file + ".new";
        File.WriteAllText(draft, string.Create(CultureInfo.InvariantCulture, $"+{days}d"));
        File.Move(draft, _file, overwrite: true);
        Thread.Sleep(2 * Reread);
    }

    public void Dispose() => File.Delete(_file);
}
