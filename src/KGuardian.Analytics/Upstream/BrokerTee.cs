using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Upstream;

/// <summary>
/// Sends what was accepted here to the old broker as well, in the order of acceptance for each kind. It never slows anybody: what there is no room for
/// is shed and counted, and so is what waits when the process is killed. A post that fails is tried again shortly, and then given up: those behind it wait.
/// </summary>
internal sealed partial class BrokerTee : IAsyncDisposable
{
    /// <summary>Marks posts of a tee, which are not sent on: two servers that name each other, or one that names itself, would send them for ever.</summary>
    public const string Mark = "X-KGuardian-Tee";

    private const int Tries = 3;

    /// <summary>At an orderly end what waits is sent for no longer.</summary>
    private static readonly TimeSpan LastTime = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private readonly UpstreamOptions _options;
    private readonly BrokerClient _broker;
    private readonly TimeProvider _clock;
    private readonly ILogger<BrokerTee> _logger;
    private readonly PostLine[] _lines = [.. Enum.GetValues<PostKind>().Select(kind => new PostLine(kind))];
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _gate = new();
    private Task _sending = Task.CompletedTask;
    private long _queuedBytes;
    private long _newHere;
    private long _newThere;
    private long _loggedAt;
    private volatile string? _problem;

    /// <summary>A tee that gathers posts, and sends them from <see cref="Start"/> on.</summary>
    /// <param name="options">Settings <c>Upstream:*</c>, with a broker's address.</param>
    /// <param name="broker">The broker.</param>
    /// <param name="clock">Pauses.</param>
    /// <param name="meters">Gets the counters.</param>
    /// <param name="logger">Log.</param>
    public BrokerTee(UpstreamOptions options, BrokerClient broker, TimeProvider clock, IMeterFactory meters, ILogger<BrokerTee> logger)
    {
        (_options, _broker, _clock, _logger) = (options, broker, clock, logger);
        var meter = meters.Create("KGuardian.Analytics.Upstream");
        meter.CreateObservableCounter("kguardian_upstream_posts_total", Measure, description: "Posts for the old broker, by kind and by what became of them.");
        meter.CreateObservableGauge("kguardian_upstream_queued_bytes", () => QueuedBytes, "By", "Bytes of posts that wait for the old broker.");
        meter.CreateObservableCounter(
            "kguardian_upstream_new_flows_total", () => new Measurement<long>[] { new(NewHere, Tag("at", "here")), new(NewThere, Tag("at", "broker")) },
            description: "Flows that the same batches made new, here and at the old broker.");
    }

    /// <summary>Between two tries of a post. Default 1 s.</summary>
    public TimeSpan Pause { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>What became of the posts, by kind.</summary>
    public IReadOnlyList<PostLine> Lines => _lines;

    /// <summary>Bytes that wait.</summary>
    public long QueuedBytes => Interlocked.Read(ref _queuedBytes);

    /// <summary>Flows that were new here, of batches that the broker took.</summary>
    public long NewHere => Interlocked.Read(ref _newHere);

    /// <summary>Flows that the broker said were new, of the same batches.</summary>
    public long NewThere => Interlocked.Read(ref _newThere);

    /// <summary>Why the last post failed; null when it did not.</summary>
    public string? Problem => _problem;

    /// <summary>Begins to send.</summary>
    public void Start()
    {
        LogTeeing(_options.BrokerUrl!);
        _sending = Task.WhenAll(_lines.Select(line => Task.Run(() => SendAsync(line))));
    }

    /// <summary>Takes a post that was accepted. Never waits, never fails; the body is copied.</summary>
    /// <param name="kind">What it is about.</param>
    /// <param name="path">Its route.</param>
    /// <param name="body">Its body, unpacked.</param>
    /// <param name="newFlows">How many flows it made new, when the answer is that number.</param>
    public void Offer(PostKind kind, string path, ReadOnlySpan<byte> body, int? newFlows = null)
    {
        var line = _lines[(int)kind];
        // Flows leave a quarter to what agents say once: of pods, services, system calls.
        var most = kind == PostKind.Traffic ? _options.MaxQueuedBytes - (_options.MaxQueuedBytes / 4) : _options.MaxQueuedBytes;
        if (Interlocked.Add(ref _queuedBytes, body.Length) > most)
        {
            Interlocked.Add(ref _queuedBytes, -body.Length);
            line.CountShed();
        }
        else if (!line.Add(new AcceptedPost(path, body.ToArray(), newFlows)))
        {
            Interlocked.Add(ref _queuedBytes, -body.Length);
            line.CountShed();
        }
    }

    /// <summary>Ends: what waits is sent for some seconds or until the token ends, the rest is counted as shed.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var line in _lines)
        {
            line.Complete();
        }

        await Task.WhenAny(_sending, Task.Delay(LastTime, _clock, cancellationToken));
        await _stop.CancelAsync();
        await _sending;
        var left = 0;
        foreach (var line in _lines)
        {
            while (line.Waiting.TryRead(out var post))
            {
                Interlocked.Add(ref _queuedBytes, -post.Body.Length);
                line.CountShed();
                left++;
            }
        }

        if (left > 0)
        {
            LogLeft(left);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(new CancellationToken(canceled: true));
        _stop.Dispose();
    }

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);

    private IEnumerable<Measurement<long>> Measure() =>
        from line in _lines
        from counted in new[] { ("sent", line.Sent), ("failed", line.Failed), ("shed", line.Shed) }
        select new Measurement<long>(counted.Item2, Tag("kind", line.Kind.ToString().ToLowerInvariant()), Tag("result", counted.Item1));

    private async Task SendAsync(PostLine line)
    {
        try
        {
            await foreach (var post in line.Waiting.ReadAllAsync(_stop.Token))
            {
                try
                {
                    await SendAsync(line, post);
                }
                finally
                {
                    Interlocked.Add(ref _queuedBytes, -post.Body.Length);
                }
            }
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The end: StopAsync counts what is left.
            return;
        }
    }

    private async Task SendAsync(PostLine line, AcceptedPost post)
    {
        for (var left = Tries - 1; ; left--)
        {
            try
            {
                var theirs = await _broker.PostAsync(post.Path, post.Body, _stop.Token);
                line.CountSent();
                if (post.NewFlows is { } ours && theirs is { } there)
                {
                    Interlocked.Add(ref _newHere, ours);
                    Interlocked.Add(ref _newThere, there);
                }

                _problem = null;
                return;
            }
            catch (OperationCanceledException) when (_stop.IsCancellationRequested)
            {
                line.CountShed();
                throw;
            }
            catch (Exception e)
            {
                // Whatever it was: those behind it are sent.
                Failed(e);
                if (left == 0 || e is BrokerException { IsFinal: true })
                {
                    line.CountFailed();
                    return;
                }
            }

            try
            {
                await Task.Delay(Pause, _clock, _stop.Token);
            }
            catch (OperationCanceledException)
            {
                line.CountShed();
                throw;
            }
        }
    }

    private void Failed(Exception exception)
    {
        _problem = exception.Message;
        lock (_gate)
        {
            if (_loggedAt == 0 || _clock.GetElapsedTime(_loggedAt) >= LogInterval)
            {
                _loggedAt = _clock.GetTimestamp();
                LogFailed(_options.BrokerUrl!, exception.Message);
            }
        }
    }

    [LoggerMessage(1755, LogLevel.Information, "What is accepted is sent to the old broker {Url} as well")]
    private partial void LogTeeing(Uri url);

    [LoggerMessage(1756, LogLevel.Warning, "The old broker {Url} did not take a post: it {Reason}. Everything is accepted here all the same")]
    private partial void LogFailed(Uri url, string reason);

    [LoggerMessage(1757, LogLevel.Warning, "{Posts} posts were not sent to the old broker before the end")]
    private partial void LogLeft(int posts);
}
