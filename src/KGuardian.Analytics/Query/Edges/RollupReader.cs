using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Windows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>Reads <c>edge_rollup</c>.</summary>
internal sealed class RollupReader(FlowQueryRunner runner)
{
    /// <summary>A step of the builder takes longer than a question of how far it is.</summary>
    private const int MostTries = 5;

    /// <summary>Those whose columns it has. A name is one as of a flow's time, and rows have many times.</summary>
    private static readonly FlowField[] Fields =
    [
        FlowField.Pod, FlowField.Namespace, FlowField.PodIp, FlowField.PeerIp, FlowField.Protocol, FlowField.Direction, FlowField.Decision, FlowField.Search,
    ];

    /// <summary>Whether it can answer questions about some flows.</summary>
    public bool Answers(FlowSelection flows) => runner.HasRollup && flows.Arrived is null && HasColumns(flows.Filter);

    /// <summary>What of them it answers now.</summary>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public async Task<RollupPlan> PlanAsync(FlowSelection flows, CancellationToken cancellationToken)
    {
        var plan = new RollupPlan();
        foreach (var row in await runner.QueryAsync<PlanRow>(
            new ClickHouseQuery(RollupSql.Plan).With("from", TimeWindow.Micros(flows.Window.From)).With("to", TimeWindow.Micros(flows.Window.To)),
            cancellationToken))
        {
            plan.Add(row.Day, row.Hour, row.Done, row.IsCut);
        }

        return plan;
    }

    /// <summary>
    /// Starts a read of it and of flows; again where it went on meanwhile, as its rows may then span the window's ends. Without a plan where it cannot answer.
    /// </summary>
    /// <exception cref="ClickHouseException">A query failed.</exception>
    public async Task<T> WithPlanAsync<T>(FlowSelection flows, Func<ShownFlows, RollupPlan?, Task<T>> read, CancellationToken cancellationToken)
    {
        for (var tries = 0; tries < MostTries && Answers(flows); tries++)
        {
            var plan = await PlanAsync(flows, cancellationToken);
            var answer = await runner.ReadAsync(flows, shown => read(shown, plan));
            if ((await ReadProgressAsync(cancellationToken)).IsAsFarAs(plan))
            {
                return answer;
            }

            if (answer is IAsyncDisposable started)
            {
                await started.DisposeAsync();
            }
        }

        return await runner.ReadAsync(flows, shown => read(shown, null));
    }

    /// <summary>Starts a read of its rows.</summary>
    /// <param name="shown">Of which flows.</param>
    /// <param name="names">Their window's names.</param>
    /// <param name="detail">What of them is asked for.</param>
    /// <param name="plan">Which hours are left out.</param>
    /// <param name="table">The names as SQL knows them.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="ClickHouseException">The query failed.</exception>
    public Task<ClickHouseResult> RowsAsync(
        ShownFlows shown, NameSpans names, EdgeDetail detail, RollupPlan plan, byte[] table, CancellationToken cancellationToken)
    {
        var query = shown.Query(where =>
        {
            var scope = detail.Scope?.Condition(
                RollupSql.PeerIn,
                pods => RollupSql.Either("t.pod_ip AS address", $"{shown.RowsSql} AND {pods}", $"{where} AND {pods}", plan));
            return RollupSql.Rows(
                scope is null ? shown.RowsSql : $"{shown.RowsSql} AND {scope}", plan, detail.HasExamples,
                detail.HasKeys ? EdgeSql.RowGroup(names.Outside) : null);
        });
        return runner.StreamWithTableAsync(
            (detail.Scope?.Bind(query) ?? query).With("names_begin", new EdgeNames(shown.Window, names.ReadAt).Begin),
            EdgeNames.Table, EdgeNames.Structure, table, cancellationToken);
    }

    private async Task<RollupPlan> ReadProgressAsync(CancellationToken cancellationToken)
    {
        var progress = new RollupPlan();
        foreach (var day in await runner.QueryAsync<DayRow>(new ClickHouseQuery(RollupSql.Progress), cancellationToken))
        {
            progress.Reach(day.Day, day.Done);
        }

        return progress;
    }

    private static bool HasColumns(FlowFilter filter) => filter switch
    {
        FlowGroup group => group.Filters.All(HasColumns),
        FlowNot not => HasColumns(not.Filter),
        FlowComparison comparison => Fields.Contains(comparison.Field),
        _ => false,
    };

    private sealed record DayRow(int Day, long Done);

    private sealed record PlanRow(int Day, int Hour, long Done, bool IsCut);
}
