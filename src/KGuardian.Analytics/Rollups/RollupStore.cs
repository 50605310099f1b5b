using System.Globalization;
using KGuardian.Analytics.Query.Edges;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Rollups;

/// <summary>The statements that fill <c>edge_rollup</c>. Flows and rows stay in ClickHouse.</summary>
/// <param name="client">The store.</param>
internal sealed class RollupStore(ClickHouseClient client)
{
    private static readonly DateOnly FirstDay = DateOnly.FromDateTime(DateTime.UnixEpoch);

    /// <summary>A step reads at most a day's flows; ten minutes are for stores whose disks are busy.</summary>
    private static readonly TimeSpan LongestStep = TimeSpan.FromMinutes(10);

    /// <summary>A step's groups, at 200 bytes each, are a tenth of it.</summary>
    private const long MostMemory = 2L << 30;

    /// <summary>How far each arrival day is.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<RollupPlan> ReadProgressAsync(CancellationToken cancellationToken)
    {
        var plan = new RollupPlan();
        foreach (var day in await client.QueryAsync<DayRow>(new ClickHouseQuery(RollupSql.Progress), cancellationToken))
        {
            plan.Reach(day.Day, day.Done);
        }

        return plan;
    }

    /// <summary>Flows that are in no row, by arrival day, the newest day first.</summary>
    /// <param name="plan">How far days are.</param>
    /// <param name="target">Flows up to this one.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public Task<IReadOnlyList<DayBehind>> FindBehindAsync(RollupPlan plan, long target, CancellationToken cancellationToken) => client.QueryAsync<DayBehind>(
        new ClickHouseQuery($$"""
            SELECT toInt32(t.arrival_day) AS day, toInt64(count()) AS flows, toInt64(min(t.sequence)) AS first, toInt64(max(t.sequence)) AS last
            FROM traffic AS t
            WHERE t.sequence <= {target:UInt64} AND {{plan.FlowsSql}} GROUP BY t.arrival_day ORDER BY day DESC
            """) { TimeLimit = LongestStep }.With("target", target).WithSetting("max_threads", "1"),
        cancellationToken);

    /// <summary>The first of them, so many at most.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<DayBehind> FirstAsync(DayBehind behind, long most, CancellationToken cancellationToken)
    {
        if (behind.Flows <= most)
        {
            return behind;
        }

        var last = await client.QuerySingleAsync<long>(
            new ClickHouseQuery("""
                SELECT toInt64(t.sequence) AS value FROM traffic AS t
                WHERE t.arrival_day = {day:Date} AND t.sequence >= {first:UInt64} AND t.sequence <= {last:UInt64}
                ORDER BY t.sequence LIMIT 1 OFFSET {most:UInt64}
                """) { TimeLimit = LongestStep }
                .With("day", FirstDay.AddDays(behind.Day)).With("first", behind.First).With("last", behind.Last).With("most", most - 1)
                .WithSetting("max_threads", "1"),
            cancellationToken);
        return behind with { Flows = most, Last = last };
    }

    /// <summary>Adds them.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed, or it is not known whether it did.</exception>
    public Task FillAsync(DayBehind step, CancellationToken cancellationToken) => client.ExecuteAsync(
        new ClickHouseQuery(RollupSql.Fill) { TimeLimit = LongestStep, MemoryLimitBytes = MostMemory }
            .With("day", FirstDay.AddDays(step.Day)).With("first", step.First).With("last", step.Last)
            .WithSetting("async_insert", "0").WithSetting("max_threads", "1").WithSetting("max_insert_threads", "1")
            .WithSetting("min_insert_block_size_rows", "1000000000").WithSetting("min_insert_block_size_bytes", "0")
            .WithSetting("max_bytes_before_external_group_by", (MostMemory / 4).ToString(CultureInfo.InvariantCulture))
            // Of two steps that begin with one flow the first counts: what a statement that was given up may still do is not done again.
            .WithSetting("insert_deduplication_token", string.Create(CultureInfo.InvariantCulture, $"rollup/{step.Day}/{step.First}")),
        cancellationToken);

    private sealed record DayRow(int Day, long Done);
}

/// <summary>Flows of an arrival day that are in no row.</summary>
/// <param name="Day">The day, since 1970.</param>
/// <param name="Flows">How many.</param>
/// <param name="First">The first of them, by sequence.</param>
/// <param name="Last">The last one.</param>
internal sealed record DayBehind(int Day, long Flows, long First, long Last);
