using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>
/// The statements of the rules of new edges. They run on the first shard, which has known edges, names and these events, and read flows of all shards. Flows
/// stay in ClickHouse; what their groups are comes here and goes back as it is, so that names and known edges are looked up by keys.
/// </summary>
/// <param name="cluster">The store.</param>
/// <param name="options">Settings <c>Events:*</c>.</param>
internal sealed class EdgeStore(ClickHouseCluster cluster, EventOptions options)
{
    private static readonly DateOnly FirstDay = DateOnly.FromDateTime(DateTime.UnixEpoch);

    /// <summary>The last day that a Date can be: 2149-06-06.</summary>
    private static readonly DateOnly LastDay = FirstDay.AddDays(ushort.MaxValue);

    private readonly string _edges = KnownEdgeSql.Edges(options.ClusterCidrs);
    private readonly string _rules =
        $"[{string.Join(',', EdgeProducer.Rules.Where(rule => options.Of(rule).IsEnabled).Select(rule => $"'{rule.Name}'"))}]";

    /// <summary>The store's first flow by arrival; -1 when there is none.</summary>
    public Task<long> FindFirstAsync(CancellationToken cancellationToken) => QueryAsync<long>(
        // Of all days: flows that were imported with their age came later than their day says.
        "SELECT if(count() = 0, -1, toInt64(min(t.sequence))) AS value FROM {front:Identifier}.traffic AS t", cancellationToken);

    /// <summary>Whether there are flows up to one.</summary>
    public Task<bool> HasPastAsync(long last, CancellationToken cancellationToken) => Home.QuerySingleAsync<bool>(
        new ClickHouseQuery(
            "SELECT toBool(count() > 0) AS value FROM (SELECT 1 FROM {front:Identifier}.traffic AS t WHERE t.sequence <= {last:UInt64} LIMIT 1)")
            .With("front", Front).With("last", last),
        cancellationToken);

    /// <summary>The next arrival day that has flows, in days since 1970; 0 when there is none.</summary>
    public Task<int> FindDayAsync(int after, CancellationToken cancellationToken) => Home.QuerySingleAsync<int>(
        new ClickHouseQuery("SELECT toInt32(min(t.arrival_day)) AS value FROM {front:Identifier}.traffic AS t WHERE t.arrival_day > {after:Date}")
            .With("front", Front).With("after", FirstDay.AddDays(after)),
        cancellationToken);

    /// <summary>A step over the next flows: as many as there are up to one, or <paramref name="most"/>.</summary>
    public async Task<EdgeStep> NextAsync(long first, long last, int most, CancellationToken cancellationToken)
    {
        var step = new EdgeStep(first, last, FirstDay, LastDay);
        var extent = await Home.QuerySingleAsync<Extent>(Bound(EdgeGroupSql.Next, step).With("most", most), cancellationToken);
        return step with { Last = extent.Flows < most ? last : extent.Last, Flows = extent.Flows, From = extent.From, To = extent.To };
    }

    /// <summary>A step over a day's flows up to one, in as many parts as its groups need.</summary>
    public async Task<EdgeStep> DayAsync(int day, long last, int most, CancellationToken cancellationToken)
    {
        var step = new EdgeStep(0, last, FirstDay.AddDays(day), FirstDay.AddDays(day));
        var extent = await Home.QuerySingleAsync<Extent>(Bound(EdgeGroupSql.Day, step) with { TimeLimit = LongestScan }, cancellationToken);
        return step with { Flows = extent.Flows, From = extent.From, To = extent.To, Slices = (int)(extent.Flows / most) + 1 };
    }

    /// <summary>The edges of a part of a step; null for none.</summary>
    public async Task<byte[]?> EdgesAsync(EdgeStep step, int slice, CancellationToken cancellationToken)
    {
        var query = Bound(EdgeGroupSql.Groups, step).With("from", step.From).With("to", step.To).With("slices", step.Slices).With("slice", slice);
        var groups = await ReadAsync(Home.StreamAsync(query with { TimeLimit = LongestScan }, cancellationToken), cancellationToken);
        return groups is null ? null : await ReadAsync(
            Home.StreamWithTableAsync(Bound(_edges, step), EdgeGroupSql.Table, EdgeGroupSql.Structure, groups, cancellationToken), cancellationToken);
    }

    /// <summary>Notes edges as known.</summary>
    public async Task NoteAsync(byte[] edges, CancellationToken cancellationToken)
    {
        await using var noted = await Home.StreamWithTableAsync(
            OneBlock(new ClickHouseQuery(KnownEdgeSql.Note)), KnownEdgeSql.Table, KnownEdgeSql.Structure, edges, cancellationToken);
        await noted.Body.CopyToAsync(Stream.Null, cancellationToken);
    }

    /// <summary>Edges of pods become known of the workloads that the inventory has learnt since a version of names.</summary>
    public Task CopyAsync(long names, CancellationToken cancellationToken) =>
        Home.ExecuteAsync(OneBlock(new ClickHouseQuery(KnownEdgeSql.Copy).With("names", names)), cancellationToken);

    /// <summary>What of a step's edges is to be raised.</summary>
    /// <param name="step">The step.</param>
    /// <param name="from">The first flow that raises.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<NewEdgeCount> CountNewAsync(EdgeStep step, long from, CancellationToken cancellationToken) =>
        Home.QuerySingleAsync<NewEdgeCount>(Bound(EdgeEventSql.Count, step).With("raise", from), cancellationToken);

    /// <summary>Raises it; once, however often it is asked for.</summary>
    public Task RaiseAsync(EdgeStep step, long from, NewEdgeCount count, long sequence, FlowIdSql flowId, CancellationToken cancellationToken) =>
        Home.ExecuteAsync(
            OneBlock(flowId.Bind(Bound(EdgeEventSql.Raise(flowId), step)))
                .With("raise", from).With("sequence", sequence).With("edge_severity", options.Of(EventRule.EdgeNew).Severity)
                .With("network_severity", options.Of(EventRule.OutsideNetworkNew).Severity)
                .WithSetting("insert_deduplication_token", string.Create(CultureInfo.InvariantCulture, $"edges/{count.Mark}/{count.Total}")),
            cancellationToken);

    /// <summary>A day's flows are read in some seconds; ten minutes are for stores whose disks are busy.</summary>
    private static TimeSpan LongestScan => TimeSpan.FromMinutes(10);

    private ClickHouseClient Home => cluster.Home;

    private string Front => cluster.Front.Database;

    private Task<T> QueryAsync<T>(string sql, CancellationToken cancellationToken) =>
        Home.QuerySingleAsync<T>(new ClickHouseQuery(sql).With("front", Front), cancellationToken);

    private ClickHouseQuery Bound(string sql, EdgeStep step) => new ClickHouseQuery(sql)
        .With("front", Front).With("first", step.First).With("last", step.Last).With("day", step.FirstDay).With("last_day", step.LastDay)
        .With("rules", _rules);

    private static ClickHouseQuery OneBlock(ClickHouseQuery insert) => insert
        .WithSetting("async_insert", "0").WithSetting("max_threads", "1").WithSetting("max_insert_threads", "1")
        .WithSetting("min_insert_block_size_rows", "1000000000").WithSetting("min_insert_block_size_bytes", "0")
        // Flows that were imported with their age are of many days.
        .WithSetting("max_partitions_per_insert_block", "0");

    private static async Task<byte[]?> ReadAsync(Task<ClickHouseResult> query, CancellationToken cancellationToken)
    {
        await using var result = await query;
        using var rows = new MemoryStream();
        await result.Body.CopyToAsync(rows, cancellationToken);
        return rows.Length > 0 ? rows.ToArray() : null;
    }

    private sealed record Extent(long Flows, long Last, long From, long To);
}

/// <summary>Flows that are looked at together.</summary>
/// <param name="First">The first of them, by sequence.</param>
/// <param name="Last">The last one.</param>
/// <param name="FirstDay">Of arrival days from this one.</param>
/// <param name="LastDay">To this one.</param>
internal sealed record EdgeStep(long First, long Last, DateOnly FirstDay, DateOnly LastDay)
{
    /// <summary>How many there are.</summary>
    public long Flows { get; init; }

    /// <summary>The earliest time of them, in microseconds since 1970.</summary>
    public long From { get; init; }

    /// <summary>The latest time.</summary>
    public long To { get; init; }

    /// <summary>In how many parts their edges are read.</summary>
    public int Slices { get; init; } = 1;
}

/// <summary>Events that are to be raised.</summary>
/// <param name="Edges">Of new edges.</param>
/// <param name="Networks">Of networks outside.</param>
/// <param name="Mark">Tells them from others.</param>
/// <param name="Names">The newest version of the inventory's names when they were counted.</param>
internal sealed record NewEdgeCount(long Edges, long Networks, string Mark, long Names)
{
    /// <summary>All of them.</summary>
    public long Total => Edges + Networks;
}
