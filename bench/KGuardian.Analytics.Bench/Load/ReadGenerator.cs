using System.Diagnostics;
using System.Net;
using System.Text;
using KGuardian.Analytics.Bench.Measure;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>Reads one path again and again, checks that every answer ends cleanly, and times it.</summary>
/// <param name="headers">Further header lines, each with its line end.</param>
/// <param name="outage">How long a read that is answered with 503 is asked for again; by default not at all.</param>
internal sealed class ReadGenerator(Uri server, ServerProbe probe, string headers = "", TimeSpan outage = default)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <exception cref="IOException">An answer was refused or cut short.</exception>
    public ReadResult Run(ReadOptions options)
    {
        using var http = new HttpConnection(new(IPAddress.Parse(server.Host), server.Port), Patience) { RowMark = (byte?)options.RowMark };
        var started = Stopwatch.GetTimestamp();
        for (var i = 0; i < options.Warmup && !IsOver(i, started); i++)
        {
            Exchange(http, RequestOf(options, i), options);
        }

        var cpu = probe.SampleCpu();
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
        var requests = 0;
        for (; requests < options.Requests && !IsOver(requests, startedAt); requests++)
        {
            var request = RequestOf(options, options.Warmup + requests);
            var sentAt = Stopwatch.GetTimestamp();
            last = Exchange(http, request, options);
            firstBytes.Record(Stopwatch.GetElapsedTime(sentAt, last.FirstByteAt));
            totals.Record(Stopwatch.GetElapsedTime(sentAt, last.LastByteAt));
            bytes += last.BodyBytes;
        }

        return new()
        {
            Options = options,
            Requests = requests,
            FirstByteP50 = firstBytes.Percentile(0.5).TotalMilliseconds,
            P50 = totals.Percentile(0.5).TotalMilliseconds,
            P99 = totals.Percentile(0.99).TotalMilliseconds,
            P999 = totals.Percentile(0.999).TotalMilliseconds,
            Rows = Math.Max(0, last.Rows - options.OtherMarks),
            Bytes = last.BodyBytes,
            MegabytesPerSecond = bytes / 1e6 / Stopwatch.GetElapsedTime(startedAt).TotalSeconds,
            Cpu = probe.SampleCpu() - cpu,
            ServerPeakBytes = probe.ServerPeakBytes,
            ServerGrowthBytes = Math.Max(0, probe.ServerPeakBytes - sizeBefore),
            StorePeakBytes = probe.StorePeakBytes,
        };

        bool IsOver(int made, long since) =>
            options.TimeLimit is { } limit && made >= ReadOptions.LeastRequests && Stopwatch.GetElapsedTime(since) > limit;
    }

    private byte[] RequestOf(ReadOptions options, int number) => HttpConnection.GetRequest(new(server, options.PathOf(number)), headers);

    private HttpAnswer Exchange(HttpConnection http, byte[] request, ReadOptions options)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            var answer = http.Exchange(request);
            if (answer.IsSuccess)
            {
                return answer;
            }

            if (answer.Status != (int)HttpStatusCode.ServiceUnavailable || Stopwatch.GetElapsedTime(since) >= outage)
            {
                throw new IOException($"{options.Path} was answered with {answer.Status}: {Encoding.UTF8.GetString(http.BodyHead)}");
            }

            Thread.Sleep(20);
        }
    }
}
