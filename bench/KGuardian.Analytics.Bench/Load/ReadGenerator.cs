using System.Diagnostics;
using System.Net;
using KGuardian.Analytics.Bench.Measure;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>Reads one path again and again, checks that every answer ends cleanly, and times it.</summary>
internal sealed class ReadGenerator(Uri server, ServerProbe probe)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <exception cref="IOException">An answer was refused or cut short.</exception>
    public ReadResult Run(ReadOptions options)
    {
        var request = HttpConnection.GetRequest(new(server, options.Path));
        using var http = new HttpConnection(new(IPAddress.Parse(server.Host), server.Port), Patience);
        for (var i = 0; i < options.Warmup; i++)
            Exchange(http, request, options);

        var sizeBefore = 0L;
        if (probe.Pid is { } pid)
        {
            ProcessStatus.ResetPeak(pid);
            sizeBefore = ProcessStatus.ResidentBytes(pid);
        }

        var firstBytes = new LatencyHistogram();
        var totals = new LatencyHistogram();
        var bytes = 0L;
        var last = default(HttpAnswer);
        var startedAt = Stopwatch.GetTimestamp();
        for (var i = 0; i < options.Requests; i++)
        {
            var sentAt = Stopwatch.GetTimestamp();
            last = Exchange(http, request, options);
            firstBytes.Record(Stopwatch.GetElapsedTime(sentAt, last.FirstByteAt));
            totals.Record(Stopwatch.GetElapsedTime(sentAt, last.LastByteAt));
            bytes += last.BodyBytes;
        }

        return new()
        {
            Options = options,
            FirstByteP50 = firstBytes.Percentile(0.5).TotalMilliseconds,
            P50 = totals.Percentile(0.5).TotalMilliseconds,
            P99 = totals.Percentile(0.99).TotalMilliseconds,
            Rows = last.Rows,
            Bytes = last.BodyBytes,
            MegabytesPerSecond = bytes / 1e6 / Stopwatch.GetElapsedTime(startedAt).TotalSeconds,
            ServerGrowthBytes = Math.Max(0, probe.ServerPeakBytes - sizeBefore),
            StorePeakBytes = probe.StorePeakBytes,
        };
    }

    private static HttpAnswer Exchange(HttpConnection http, byte[] request, ReadOptions options)
    {
        var answer = http.Exchange(request);
        return answer.IsSuccess ? answer : throw new IOException($"{options.Path} was answered with {answer.Status}.");
    }
}
