using System.Globalization;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Store;

/// <summary>
/// The table <c>store</c>: facts that every server of a store agrees on, each with the rule of its kind. A write is durable when it returns. Everything throws
/// <see cref="ClickHouseException"/> where ClickHouse fails.
/// </summary>
/// <param name="home">The server that has the table; asked anew each time, as a cluster is discovered after the start.</param>
/// <param name="database">The database; null for the client's own.</param>
internal sealed class StoreFacts(Func<ClickHouseClient> home, string? database = null)
{
    /// <summary>The facts of a cluster's store.</summary>
    public StoreFacts(ClickHouseCluster cluster)
        : this(() => cluster.Home)
    {
    }

    /// <summary>A fact's value; a store that has none gets the given one, of which nobody knows before this returns whether it counts.</summary>
    public async Task<string> PutOnceAsync(PutOnceFact fact, string value, CancellationToken cancellationToken)
    {
        await home().ExecuteAsync(
            Query("""
                INSERT INTO store (name, value)
                SELECT {name:String}, {value:String} WHERE (SELECT count() FROM store WHERE name = {name:String}) = 0
                """).With("name", fact.Name).With("value", value).WithSetting("async_insert", "0"),
            cancellationToken);
        return (await GetAsync(fact, cancellationToken))!;
    }

    /// <summary>A fact's value; null without one.</summary>
    public async Task<string?> GetAsync(PutOnceFact fact, CancellationToken cancellationToken) =>
        Single(await ReadAsync(fact, "written_at, value LIMIT 1", cancellationToken));

    /// <summary>A fact's value; null without one.</summary>
    public async Task<string?> GetAsync(SetFact fact, CancellationToken cancellationToken) =>
        Single(await ReadAsync(fact, "written_at DESC, value DESC LIMIT 1", cancellationToken));

    /// <summary>A fact's value as text; null without one.</summary>
    public async Task<string?> GetAsync(MaxFact fact, CancellationToken cancellationToken) =>
        Single(await ReadAsync(fact, "length(value) DESC, value DESC LIMIT 1", cancellationToken));

    /// <summary>A fact's number; 0 without one.</summary>
    /// <exception cref="InvalidDataException">It is no number.</exception>
    public async Task<long> GetNumberAsync(MaxFact fact, CancellationToken cancellationToken) =>
        await GetAsync(fact, cancellationToken) is not { } text ? 0
            : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new InvalidDataException($"{fact.Name} in the table store is '{text}', which is no number: restore the last backup");

    /// <summary>A fact's values, oldest first.</summary>
    public Task<IReadOnlyList<string>> GetAllAsync(AppendFact fact, CancellationToken cancellationToken) =>
        ReadAsync(fact, "written_at, value", cancellationToken);

    /// <summary>A fact's newest values, newest first.</summary>
    public Task<IReadOnlyList<string>> GetNewestAsync(AppendFact fact, int most, CancellationToken cancellationToken) =>
        ReadAsync(fact, $"written_at DESC, value DESC LIMIT {most.ToString(CultureInfo.InvariantCulture)}", cancellationToken);

    /// <summary>Several facts as they were at one moment; those that the store has not are left out.</summary>
    public async Task<IReadOnlyDictionary<StoreFact, string>> GetSnapshotAsync(CancellationToken cancellationToken, params StoreFact[] facts)
    {
        var query = Query($"""
            SELECT name, value FROM store WHERE name IN ({string.Join(", ", facts.Select((_, i) => $"{{name_{i}:String}}"))}) ORDER BY written_at, value
            """);
        for (var i = 0; i < facts.Length; i++)
        {
            query = query.With($"name_{i}", facts[i].Name);
        }

        var rows = await home().QueryAsync<Row>(query, cancellationToken);
        var values = rows.ToLookup(row => row.Name, row => row.Value);
        return facts.Where(fact => values.Contains(fact.Name)).ToDictionary(fact => fact, fact => fact switch
        {
            PutOnceFact => values[fact.Name].First(),
            SetFact => values[fact.Name].Last(),
            MaxFact => values[fact.Name].OrderBy(value => value.Length).ThenBy(value => value, StringComparer.Ordinal).Last(),
            _ => throw new ArgumentException($"every row of '{fact.Name}' counts, not one", nameof(facts)),
        });
    }

    /// <summary>Adds rows in one insert, so that all or none are there; later than all before them, also after a clock was set back.</summary>
    public Task WriteAsync(CancellationToken cancellationToken, params (StoreFact Fact, string Value)[] facts)
    {
        var pairs = string.Join(", ", facts.Select((_, i) => $"({{name_{i}:String}}, {{value_{i}:String}})"));
        var query = Query($"""
            INSERT INTO store (name, value, written_at)
            SELECT fact.1, fact.2, greatest(now64(3), (SELECT max(written_at) FROM store) + INTERVAL 1 MILLISECOND)
            FROM (SELECT arrayJoin([{pairs}]) AS fact)
            """);
        for (var i = 0; i < facts.Length; i++)
        {
            query = query.With($"name_{i}", facts[i].Fact.Name).With($"value_{i}", facts[i].Value);
        }

        return home().ExecuteAsync(query.WithSetting("async_insert", "0"), cancellationToken);
    }

    private Task<IReadOnlyList<string>> ReadAsync(StoreFact fact, string order, CancellationToken cancellationToken) =>
        home().QueryAsync<string>(Query($"SELECT value FROM store WHERE name = {{name:String}} ORDER BY {order}").With("name", fact.Name), cancellationToken);

    private ClickHouseQuery Query(string sql) => new(sql) { Database = database };

    private static string? Single(IReadOnlyList<string> values) => values is [var value] ? value : null;

    private sealed record Row(string Name, string Value);
}
