using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Tests.Integration.Ingest;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Tests.Integration.SecureEvents;

/// <summary>A store with an ingest tier and a producer of events, and names that are written as the inventory would.</summary>
public abstract class EdgeTest : TierTest
{
    private TcpRelay? _relay;
    private RunningTier? _running;
    private EventProducer? _producer;
    private long _names = 1;

    /// <summary>An edge or network is raised with its first flow.</summary>
    private protected static EventOptions NoLearning { get; } = new() { LearnFor = TimeSpan.Zero };

    private protected RunningTier Running => _running!;

    private protected EventProducer Producer => _producer!;

    /// <summary>What the producers logged: shown with a test that fails.</summary>
    private protected ListLogger<EventProducer> Log { get; } = new();

    public override async ValueTask DisposeAsync()
    {
        await CrashAsync();
        foreach (var (_, _, text) in Log.Entries)
        {
            TestContext.Current.TestOutputHelper?.WriteLine(text);
        }

        await base.DisposeAsync();
    }

    private protected async Task<TcpRelay> StartAsync(
        EventOptions? options = null, int flowsOfAStep = 100_000, TimeProvider? clock = null, bool isAlone = true, bool starts = true)
    {
        _relay = new TcpRelay(Database.Endpoint.Url);
        _running = await RunningTier.StartAsync(
            Database, Journal, new IngestOptions { Servers = isAlone ? IngestServers.One : IngestServers.Several }, through: _relay, clock: clock);
        _producer = NewProducer(_running, options ?? NoLearning, flowsOfAStep, isAlone);
        if (starts)
        {
            await _producer.StartAsync(CancellationToken.None);
            if (_producer.Edges.IsEnabled)
            {
                await LearntAsync();
            }
        }

        return _relay;
    }

    private protected EventProducer NewProducer(RunningTier running, EventOptions options, int flowsOfAStep = 100_000, bool isAlone = true)
    {
        var producer = new EventProducer(
            ClickHouseCluster.Of(running.Client), running.Tier, options, isAlone, new EventMetrics(Meters.New(), options), TimeProvider.System,
            Log);
        producer.Edges.FlowsOfAStep = flowsOfAStep;
        return producer;
    }

    /// <summary>Ends in order.</summary>
    private protected async Task StopAsync()
    {
        await _producer!.StopAsync();
        await CrashAsync();
    }

    /// <summary>Ends at once, as a killed process does: nothing more reaches ClickHouse.</summary>
    private protected async Task CrashAsync()
    {
        _relay?.GoAway();
        await (_producer?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_running?.DisposeAsync() ?? ValueTask.CompletedTask);
        await (_relay?.DisposeAsync() ?? ValueTask.CompletedTask);
        (_relay, _producer, _running) = (null, null, null);
    }

    private protected async Task PostAsync(params FlowEvent[] flows)
    {
        await CommitAsync(flows);
        await CatchUpAsync();
    }

    /// <param name="flows">The flows.</param>
    /// <param name="keepsAge">Whether they are imported, each on the day of its own time.</param>
    private protected async Task CommitAsync(FlowEvent[] flows, bool keepsAge = false)
    {
        var batch = TestFlows.Parse(FlowEvent.Batch(flows), _running!.Tier.Hasher);
        batch.OldestDay = keepsAge ? (ushort)0 : null;
        await _running.Tier.CommitAsync(batch, isHistory: keepsAge);
        await _running.FlushAsync();
    }

    private protected Task CatchUpAsync() => Patience.UntilAsync(() => _producer!.CatchUpAsync(CancellationToken.None));

    /// <summary>Waits for what reads do not wait for.</summary>
    private protected Task LearntAsync() => Patience.UntilAsync(() => Task.FromResult(_producer!.Edges.Done is >= 0 and < long.MaxValue));

    /// <summary>The reasons of events of a rule, in their order.</summary>
    private protected async Task<string[]> RaisedAsync(string? rule = null) => (await Database.SqlAsync(
        $"SELECT e.reason FROM secure_events AS e WHERE e.rule IN ({(rule is null ? "'edge-new', 'outside-network-new'" : $"'{rule}'")}) ORDER BY e.reason"))
        .Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The inventory says what a pod is, and whose an address, from a time on.</summary>
    private protected async Task NamePodAsync(string pod, string? address, string kind, string workload, string from = "1900-01-01 00:00:00")
    {
        await NameAsync("pod", $"shop/{pod}", "POD", "shop", pod, kind, workload, from);
        if (address is not null)
        {
            await NameAsync("address", address, "POD", "shop", pod, kind, workload, from);
        }
    }

    /// <summary>The newest of what the inventory says of a key.</summary>
    private protected Task NameAsync(
        string subject, string key, string type, string space, string name, string kind = "", string workload = "", string from = "1900-01-01 00:00:00") =>
        Database.SqlAsync($"""
            INSERT INTO name_history (subject, key, version, valid_from, valid_to, type, namespace, name, node, workload_kind, workload)
            VALUES ('{subject}', '{key}', {++_names}, '{from}', '2299-12-31 00:00:00', '{type}', '{space}', '{name}', 'node-1', '{kind}', '{workload}')
            """);

    private protected static FlowEvent Flow(
        string pod, string ip, int port, string peer, int peerPort, string direction = "EGRESS", string decision = "ALLOW", string protocol = "TCP",
        int at = 0) =>
        FlowEvent.Of(pod, at) with
        {
            PodNamespace = "shop",
            PodIp = ip,
            PodPort = $"{port}",
            TrafficInOutIp = peer,
            TrafficInOutPort = $"{peerPort}",
            TrafficType = direction,
            Decision = decision,
            IpProtocol = protocol,
        };
}
