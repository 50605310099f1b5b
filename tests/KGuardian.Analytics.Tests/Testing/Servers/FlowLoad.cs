using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>
/// Clients that post overlapping batches of one pod's flows as agents do: what was not acknowledged is sent again, to whatever server is
/// there then. Remembers what was acknowledged, which is what must never be lost.
/// </summary>
internal sealed class FlowLoad : IAsyncDisposable
{
    private const int BatchFlows = 40;

    /// <summary>Less than a batch: each flow is in two.</summary>
    private const int BatchStep = 20;

    private readonly string _pod = FlowEvent.NewPod();
    private readonly ConcurrentDictionary<int, bool> _acknowledged = new();
    private readonly ConcurrentQueue<string> _unexpected = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly Task[] _clients;
    private volatile ApiClient _api;
    private int _nextBatch;
    private long _counted;
    private int _unavailable;

    public FlowLoad(ApiClient api, int clients)
    {
        _api = api;
        _clients = [.. Enumerable.Range(0, clients).Select(_ => Task.Run(RunAsync))];
    }

    /// <summary>Flows acknowledged so far.</summary>
    public int Acknowledged => _acknowledged.Count;

    /// <summary>Requests answered with 503.</summary>
    public int Unavailable => Volatile.Read(ref _unavailable);

    /// <summary>Sends what comes next to another server.</summary>
    public void GoOnWith(ApiClient api) => _api = api;

    /// <summary>Waits until so many more flows were acknowledged.</summary>
    public Task GrowAsync(int flows)
    {
        var target = Acknowledged + flows;
        return Patience.UntilAsync($"{flows} more flows are acknowledged", () => Acknowledged >= target);
    }

    /// <summary>Ends the load, letting every client finish its batch.</summary>
    public async Task EndAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients).WaitAsync(Patience.Limit);
        Assert.Empty(_unexpected);
    }

    /// <summary>Checks that the store has every acknowledged flow, as it was sent, and none twice; resent, all count 0.</summary>
    /// <param name="api">The server to ask.</param>
    /// <param name="exact">No answer was lost: the answers' sum is the number of rows.</param>
    public async Task AssertStoredAsync(ApiClient api, bool exact)
    {
        await api.LoadedAsync();
        var rows = await api.GetPodAsync(_pod);
        Assert.Equal(rows.Length, rows.Select(row => row.Tuple).Distinct().Count());
        var stored = rows.ToHashSet();
        var acknowledged = _acknowledged.Keys.Select(n => FlowEvent.Of(_pod, n)).ToArray();
        Assert.True(stored.IsSupersetOf(acknowledged), "acknowledged flows are missing");
        Assert.Equal(FlowEvent.NewestFirst(rows), rows);
        if (exact)
        {
            Assert.Equal((rows.Length, (long)rows.Length), (acknowledged.Length, Interlocked.Read(ref _counted)));
        }
        else
        {
            Assert.InRange(Interlocked.Read(ref _counted), 1, rows.Length);
        }

        Assert.Equal(0, await api.PostBatchAsync(acknowledged[..Math.Min(acknowledged.Length, 2000)]));
    }

    /// <summary>How many of the load's flows the store has, acknowledged or not.</summary>
    public async Task<int> StoredAsync(ApiClient api) => (await api.GetPodAsync(_pod)).Length;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Task.WhenAll(_clients).WaitAsync(Patience.Limit);
        _stop.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stop.IsCancellationRequested)
        {
            var first = (Interlocked.Increment(ref _nextBatch) - 1) * BatchStep;
            var flows = Enumerable.Range(first, BatchFlows).ToArray();
            var body = FlowEvent.Batch(flows.Select(n => FlowEvent.Of(_pod, n)));
            while (!await TryPostAsync(flows, body) && !_stop.IsCancellationRequested)
            {
                await Task.Delay(20);
            }
            // So many flows a second are enough, and the machine is shared.
            await Task.Delay(2);
        }
    }

    private async Task<bool> TryPostAsync(int[] flows, string body)
    {
        try
        {
            using var answer = await _api.PostAsync("/pod/traffic/batch", body);
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode == HttpStatusCode.OK)
            {
                Interlocked.Add(ref _counted, int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture));
                foreach (var flow in flows)
                {
                    _acknowledged.TryAdd(flow, true);
                }

                return true;
            }

            Interlocked.Increment(ref _unavailable);
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || answer.Headers.RetryAfter is null)
            {
                _unexpected.Enqueue($"{answer.StatusCode}: {text}");
            }

            return false;
        }
        catch (Exception e) when (e is HttpRequestException or IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The server was killed, or is being replaced.
            return false;
        }
    }
}
