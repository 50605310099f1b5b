using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>Reads paths in turn on one connection, with a pause between, until stopped; latencies are collected an interval at a time.</summary>
internal sealed class ReadLoop(Uri server, IReadOnlyList<string> paths, TimeSpan pause)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private readonly Lock _lock = new();
    private LatencyHistogram _interval = new();
    private HttpConnection? _http;
    private volatile bool _isStopping;

    /// <summary>Refused or broken reads so far.</summary>
    public int Failures { get; private set; }

    public string? LastFailure { get; private set; }

    public void Stop() => _isStopping = true;

    /// <summary>The latencies since the last call.</summary>
    public LatencyHistogram TakeInterval()
    {
        lock (_lock)
        {
            var taken = _interval;
            _interval = new();
            return taken;
        }
    }

    public void Run()
    {
        for (var i = 0; !_isStopping; i++)
        {
            Read(paths[i % paths.Count]);
            Thread.Sleep(pause);
        }

        _http?.Dispose();
    }

    private void Read(string path)
    {
        var sentAt = Stopwatch.GetTimestamp();
        try
        {
            _http ??= new(new(IPAddress.Parse(server.Host), server.Port), Patience);
            var answer = _http.Exchange(HttpConnection.GetRequest(new(server, path)));
            if (answer.IsSuccess)
            {
                lock (_lock)
                {
                    _interval.Record(Stopwatch.GetElapsedTime(sentAt, answer.LastByteAt));
                }

                return;
            }

            LastFailure = $"{path}: {answer.Status} {Encoding.UTF8.GetString(_http.BodyHead)}";
        }
        catch (Exception broken) when (broken is SocketException or IOException)
        {
            LastFailure = $"{path}: {broken.Message}";
            _http?.Dispose();
            _http = null;
        }

        Failures++;
    }
}
