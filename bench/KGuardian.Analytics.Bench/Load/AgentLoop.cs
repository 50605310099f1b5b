using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KGuardian.Analytics.Bench.Model;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>One connection's loop: patch, send, wait, check. A refused or lost request is sent again unchanged, as agents do.</summary>
internal sealed class AgentLoop(IPEndPoint server, PreparedBatch[] batches, EventClock clock, LoadOptions options, int connection, ulong seed)
{
    private HttpConnection? _http;

    public LatencyHistogram Latencies { get; } = new();

    public long MeasuredEvents { get; private set; }

    public long LastMeasuredAt { get; private set; }

    public long MeasuredBytes { get; private set; }

    /// <summary>Flows sent for the first time, over the whole run.</summary>
    public long ExpectedNew { get; private set; }

    /// <summary>Sum of the answers, over the whole run.</summary>
    public long AnsweredNew { get; private set; }

    public long Errors { get; private set; }

    /// <summary>Errors that were answers of 503.</summary>
    public long Refusals { get; private set; }

    public string? LastError { get; private set; }

    /// <param name="startAt">When the run starts, in <see cref="Stopwatch"/> ticks; only answers between the next two are measured.</param>
    public void Run(long startAt, long measureFrom, long measureTo)
    {
        var random = new FastRandom(seed);
        var newLimit = (ulong)(options.NewShare * (1UL << 32));
        var perSecond = options.Rate / batches[0].Events;
        var interval = perSecond > 0 ? (long)(options.Connections * Stopwatch.Frequency / perSecond) : 0;
        var pacer = interval > 0 ? new Pacer(startAt + interval * connection / options.Connections, interval) : null;
        try
        {
            for (var sent = 0L; options.RequestsPerConnection == 0 || sent < options.RequestsPerConnection; sent++)
            {
                var intended = pacer?.WaitForNext() ?? Stopwatch.GetTimestamp();
                if (intended >= measureTo)
                {
                    break;
                }

                if (pacer is not null && Stopwatch.GetElapsedTime(measureTo) > options.Duration)
                {
                    throw new TimeoutException($"Stopped: {options.Rate:0} events/s are too many, the backlog outlasted the run.");
                }

                var batch = batches[sent % batches.Length];
                ExpectedNew += batch.Patch(ref random, newLimit, clock);
                var answeredAt = SendUntilAccepted(batch);
                batch.Acknowledge();
                // In an open loop every request that was due in the window counts, however late its answer.
                var at = pacer is null ? answeredAt : intended;
                if (at < measureFrom || at >= measureTo)
                {
                    continue;
                }

                LastMeasuredAt = answeredAt;
                Latencies.Record(Stopwatch.GetElapsedTime(intended, answeredAt));
                MeasuredEvents += batch.Events;
                MeasuredBytes += batch.Request.Length;
            }
        }
        catch (TimeoutException gaveUp)
        {
            LastError = gaveUp.Message;
        }
        finally
        {
            _http?.Dispose();
        }
    }

    private long SendUntilAccepted(PreparedBatch batch)
    {
        var since = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                _http ??= new(server, options.Patience);
                var answer = _http.Exchange(batch.Request);
                if (answer.IsSuccess)
                {
                    AnsweredNew += Count(_http.BodyHead);
                    return answer.LastByteAt;
                }

                LastError = $"status {answer.Status}";
                if (answer.Status == (int)HttpStatusCode.ServiceUnavailable)
                {
                    Refusals++;
                }
            }
            catch (Exception broken) when (broken is SocketException or IOException)
            {
                LastError = broken.Message;
                _http?.Dispose();
                _http = null;
            }

            Errors++;
            if (Stopwatch.GetElapsedTime(since) > options.Patience)
            {
                throw new TimeoutException($"Gave up after {options.Patience.TotalSeconds:0} s: {LastError}");
            }

            Thread.Sleep(20);
        }
    }

    /// <summary>The batch route answers with a bare integer, the single route with the stored row or <c>null</c>.</summary>
    private long Count(ReadOnlySpan<byte> body)
    {
        if (options.Single)
        {
            return body.StartsWith("{"u8) ? 1 : 0;
        }

        if (Utf8Parser.TryParse(body, out long count, out _))
        {
            return count;
        }

        LastError = "an answer that is not a number";
        Errors++;
        return 0;
    }
}
