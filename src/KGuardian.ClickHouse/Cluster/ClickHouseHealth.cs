using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Cluster;

/// <summary>Asks each address of ClickHouse, and each shard of it, for a sign of life every second, so that others know at once whether it is there.</summary>
internal sealed partial class ClickHouseHealth : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <summary>A busy server on two cores answers a SELECT 1 within some 100 ms; a frozen one never does.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    private static string OtherData =>
        $"it shows other data than this server's store: the addresses of {SettingNames.Endpoints} must be replicas or front nodes of one ClickHouse";

    private readonly ClickHouseClient _client;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private readonly string?[] _failures;
    private volatile Marker? _marker;
    private volatile Shard[] _shards = [];
    private readonly CancellationTokenSource _stop = new();
    private Task _loops = Task.CompletedTask;

    /// <summary>Health of the addresses of <paramref name="client"/>, which are taken for good until <see cref="Start"/>.</summary>
    public ClickHouseHealth(ClickHouseClient client, TimeProvider clock, ILogger<ClickHouseHealth> logger)
        : this(client, clock, (ILogger)logger)
    {
    }

    private ClickHouseHealth(ClickHouseClient client, TimeProvider clock, ILogger logger)
    {
        _client = client;
        _clock = clock;
        _logger = logger;
        _failures = new string?[client.Pool.All.Count];
    }

    /// <summary>Why no address answers, or none of some shard; null while one does.</summary>
    public string? Failure => AwayShard is { } shard ? $"{shard.Name} at {shard.Health._client.Endpoint.Url}: {shard.Health.Failure}" : OwnFailure;

    /// <summary>What is away when something is: ClickHouse, or a shard of it.</summary>
    public string AwayPart => AwayShard?.Name ?? "ClickHouse";

    /// <summary>Whether an address did not answer when it was last asked.</summary>
    public bool IsAway(ClickHouseEndpoint endpoint) => Endpoints.Any(known => known.Endpoint.Url == endpoint.Url && known.Failure is not null);

    private Shard? AwayShard => Array.Find(_shards, shard => shard.Health.OwnFailure is not null);

    private string? OwnFailure =>
        Array.IndexOf(_failures, null) >= 0 ? null
        : Endpoints is not [var single] ? string.Join("; ", Endpoints.Select(endpoint => $"{endpoint.Endpoint.Url} {endpoint.Failure}"))
        : single.Failure;

    /// <summary>What each address answered last.</summary>
    public IReadOnlyList<EndpointHealth> Endpoints =>
        [.. _client.Pool.All.Select((state, i) => new EndpointHealth(state.Endpoint, Volatile.Read(ref _failures[i]), state == _client.Pool.Current))];

    /// <summary>Begins to watch.</summary>
    public void Start() => _loops = Task.WhenAll(_client.Pool.All.Select((state, i) => Task.Run(() => WatchAsync(state, i))));

    /// <summary>Begins to watch a cluster's shards, too, which are known now.</summary>
    public void WatchShards(ClickHouseCluster cluster)
    {
        if (cluster.Name is not { } name || _shards.Length > 0)
        {
            return;
        }

        _shards = [.. cluster.Shards.Select((shard, i) => new Shard($"Shard {i + 1} of cluster '{name}'", new ClickHouseHealth(shard, _clock, _logger)))];
        foreach (var shard in _shards)
        {
            shard.Health.Start();
        }
    }

    /// <summary>
    /// From now on only an address that gives the same answer to a question as the one in use counts as there: one that shows other data, because
    /// it is no replica, must never be taken. For a single address this changes nothing.
    /// </summary>
    /// <param name="question">A cheap query of one value that every copy of the same data answers alike, and no other data does.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task RequireSameDataAsync(ClickHouseQuery question, CancellationToken cancellationToken)
    {
        if (_client.Pool.All.Count > 1)
        {
            _marker = new Marker(question, await _client.PingAsync(_client.Pool.Current, Limit, question, cancellationToken));
        }
    }

    /// <summary>Takes somebody else's word that ClickHouse is away; the next sign of life ends it.</summary>
    public void Report(string failure) => Array.Fill(_failures, failure);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loops;
        foreach (var shard in _shards)
        {
            await shard.Health.DisposeAsync();
        }

        _stop.Dispose();
    }

    private async Task WatchAsync(EndpointState state, int i)
    {
        try
        {
            using var timer = new PeriodicTimer(Interval, _clock);
            do
            {
                await CheckAsync(state, i);
            }
            while (await timer.WaitForNextTickAsync(_stop.Token));
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // The regular end.
            return;
        }
    }

    private async Task CheckAsync(EndpointState state, int i)
    {
        try
        {
            await AskAsync(state);
            _client.Pool.Restore(state);
            if (Interlocked.Exchange(ref _failures[i], null) is not null)
            {
                LogBack(state.Endpoint);
            }
        }
        catch (ClickHouseException e)
        {
            _client.Pool.Leave(state, e.Text);
            if (Interlocked.Exchange(ref _failures[i], e.Text) is null)
            {
                LogAway(state.Endpoint, e.Message);
            }
        }
    }

    private async Task AskAsync(EndpointState state)
    {
        if (_marker is not { } marker)
        {
            await _client.PingAsync(state, Limit, cancellationToken: _stop.Token);
            return;
        }

        var answer = "";
        try
        {
            answer = await _client.PingAsync(state, Limit, marker.Question, _stop.Token);
        }
        catch (ClickHouseException e) when (e.Code is ClickHouseErrorCodes.UnknownTable or ClickHouseErrorCodes.UnknownDatabase)
        {
            // No store at all: the answer stays empty.
        }

        if (answer != marker.Answer)
        {
            throw new ClickHouseException(ClickHouseFailure.Refused, 0, OtherData, "none");
        }
    }

    private sealed record Shard(string Name, ClickHouseHealth Health);

    private sealed record Marker(ClickHouseQuery Question, string Answer);

    [LoggerMessage(1120, LogLevel.Error, "ClickHouse at {Endpoint} does not answer: {Reason}")]
    private partial void LogAway(ClickHouseEndpoint endpoint, string reason);

    [LoggerMessage(1121, LogLevel.Information, "ClickHouse at {Endpoint} answers again")]
    private partial void LogBack(ClickHouseEndpoint endpoint);
}
