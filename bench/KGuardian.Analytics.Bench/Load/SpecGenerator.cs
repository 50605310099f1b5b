using System.Diagnostics;
using System.Net;
using KGuardian.Analytics.Bench.Measure;
using KGuardian.Analytics.Bench.Report;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>Posts pods and services as the agents of many nodes do, one after the other each, and looks pods up.</summary>
internal sealed class SpecGenerator(Uri server, ServerProbe probe)
{
    private const int StackBytes = 128 * 1024;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly IPEndPoint _endPoint = new(IPAddress.Parse(server.Host), server.Port);

    /// <summary>Posts so many, over so many connections; answers how many a second were taken.</summary>
    /// <exception cref="IOException">One was refused.</exception>
    public SpecResult Post(string name, int count, int connections, Func<int, byte[]> request)
    {
        // Made before: the generator shares the processors with the server.
        var requests = Enumerable.Range(0, count).AsParallel().AsOrdered().Select(request).ToArray();
        var next = -1;
        return Measure(name, connections, (http, latencies) =>
        {
            for (int i; (i = Interlocked.Increment(ref next)) < requests.Length;)
            {
                Exchange(http, requests[i], latencies, Stopwatch.GetTimestamp());
            }
        });
    }

    /// <summary>Looks up pods that are known, at a rate over all connections.</summary>
    /// <exception cref="IOException">One is not known.</exception>
    public SpecResult LookUp(string name, int pods, double rate, TimeSpan time, Func<int, string> path)
    {
        const int Connections = 8;
        var started = Stopwatch.GetTimestamp();
        var interval = (long)(Stopwatch.Frequency * Connections / rate);
        var next = 0;
        return Measure(name, Connections, (http, latencies) =>
        {
            var number = Interlocked.Increment(ref next);
            var pacer = new Pacer(started + (number * interval / Connections), interval);
            var random = new Random(number);
            while (Stopwatch.GetElapsedTime(started) < time)
            {
                var request = HttpConnection.GetRequest(new(server, path(random.Next(pods))));
                Exchange(http, request, latencies, pacer.WaitForNext());
            }
        });
    }

    private static void Exchange(HttpConnection http, byte[] request, LatencyHistogram latencies, long since)
    {
        var answer = http.Exchange(request);
        latencies.Record(Stopwatch.GetElapsedTime(since, answer.LastByteAt));
        if (!answer.IsSuccess)
        {
            throw new IOException($"answered with {answer.Status}: {System.Text.Encoding.UTF8.GetString(http.BodyHead)}");
        }
    }

    private SpecResult Measure(string name, int connections, Action<HttpConnection, LatencyHistogram> run)
    {
        var all = new LatencyHistogram();
        Exception? failure = null;
        var before = probe.SampleCpu();
        var started = Stopwatch.GetTimestamp();
        var threads = Enumerable.Range(0, connections).Select(_ => new Thread(() =>
        {
            var latencies = new LatencyHistogram();
            try
            {
                using var http = new HttpConnection(_endPoint, Patience);
                run(http, latencies);
            }
            catch (Exception e)
            {
                failure = e;
            }

            lock (all)
            {
                all.Add(latencies);
            }
        }, StackBytes)).ToList();
        threads.ForEach(thread => thread.Start());
        threads.ForEach(thread => thread.Join());
        var perSecond = all.Count / Stopwatch.GetElapsedTime(started).TotalSeconds;
        return failure is null
            ? new SpecResult(name, all.Count, perSecond, all.Percentile(0.5).TotalMilliseconds, all.Percentile(0.99).TotalMilliseconds,
                probe.SampleCpu() - before)
            : throw new IOException($"{name}: {failure.Message}", failure);
    }
}
