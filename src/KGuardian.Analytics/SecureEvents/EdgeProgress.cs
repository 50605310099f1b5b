using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>How far a server has looked at flows for new edges: a row of <c>edge_progress</c>.</summary>
/// <param name="Rules">The rules that are switched on, with commas between.</param>
/// <param name="Done">Flows up to this one were looked at; -1 for none.</param>
/// <param name="Day">Of the past the arrival days up to this one were learnt, in days since 1970.</param>
/// <param name="Past">Flows up to this one raise nothing: they were there before the rules were.</param>
/// <param name="Began">The store's first flow; -1 while there is none.</param>
/// <param name="Cleared">Flows up to this one were cleared.</param>
internal sealed record EdgeProgress(string Rules, long Done, int Day, long Past, long Began, long Cleared)
{
    /// <summary>Nothing was looked at: what is there up to a flow is to be learnt.</summary>
    public static EdgeProgress Begin(string rules, long past, long cleared) => new(rules, -1, 0, past, -1, cleared);

    /// <summary>Whether what was there before is not learnt yet.</summary>
    public bool IsInPast => Done < 0;

    /// <summary>The first flow that raises.</summary>
    /// <param name="learnFor">How long after the first flow edges are learnt.</param>
    public long RaisesFrom(TimeSpan learnFor) => Began < 0 ? long.MaxValue : Math.Max(Past + 1, Began + (long)learnFor.TotalMicroseconds);

    /// <summary>The newest rows of all servers, by their names.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public static async Task<IReadOnlyDictionary<string, EdgeProgress>> ReadAsync(ClickHouseClient home, CancellationToken cancellationToken) =>
        (await home.QueryAsync<Row>(
            new ClickHouseQuery(
                "SELECT p.producer AS producer, p.rules AS rules, p.done AS done, p.day AS day, p.past AS past, p.began AS began, p.cleared AS cleared "
                + "FROM edge_progress AS p ORDER BY p.version DESC LIMIT 1 BY p.producer"),
            cancellationToken)).ToDictionary(row => row.Producer, row => new EdgeProgress(row.Rules, row.Done, row.Day, row.Past, row.Began, row.Cleared));

    /// <summary>Writes it down.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public Task WriteAsync(ClickHouseClient home, string producer, CancellationToken cancellationToken) =>
        home.ExecuteAsync(
            new ClickHouseQuery("""
                INSERT INTO edge_progress (producer, version, rules, done, day, past, began, cleared)
                SELECT {producer:String}, (SELECT max(p.version) FROM edge_progress AS p) + 1, {rules:String}, {done:Int64}, {day:Int32}, {past:Int64},
                    {began:Int64}, {cleared:Int64}
                """)
                .With("producer", producer).With("rules", Rules).With("done", Done).With("day", Day).With("past", Past).With("began", Began)
                .With("cleared", Cleared).WithSetting("async_insert", "0"),
            cancellationToken);

    private sealed record Row(string Producer, string Rules, long Done, int Day, long Past, long Began, long Cleared);
}
