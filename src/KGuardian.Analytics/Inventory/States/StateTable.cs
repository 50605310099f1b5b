using System.Runtime.CompilerServices;
using System.Text;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Inventory.States;

/// <summary>A log of states in ClickHouse. Everything throws <see cref="ClickHouseException"/> where ClickHouse fails.</summary>
/// <typeparam name="TState">A row.</typeparam>
/// <param name="cluster">The store; logs are on its first shard.</param>
/// <param name="name">The table.</param>
/// <param name="key">Its columns that say what a state is of, with commas between them.</param>
/// <param name="columns">All columns, in the order in which rows are written and read.</param>
internal abstract class StateTable<TState>(ClickHouseCluster cluster, string name, string key, string columns)
    where TState : IState
{
    /// <summary>A block has some megabytes at most.</summary>
    private const string RowsPerBlock = "2048";

    /// <summary>A condition on rows that ended before {before}: all but the last one of what was alive then.</summary>
    private string EndedBefore => $$"""
        recorded_at < fromUnixTimestamp64Micro({before:Int64}, 'UTC')
        AND sequence NOT IN (
            SELECT max(sequence) FROM {{name}} WHERE recorded_at < fromUnixTimestamp64Micro({before:Int64}, 'UTC')
                GROUP BY {{key}} HAVING {{HoldsOn}})
        """;

    /// <summary>What is true of a group of rows when its last state goes on.</summary>
    protected abstract string HoldsOn { get; }

    /// <summary>Writes rows in one insert: all are there, or none; on disk when it returns.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="token">Of two inserts with the same token one counts.</param>
    /// <param name="limit">Longest run time.</param>
    /// <param name="cancellationToken">Gives up; the outcome is unknown then.</param>
    public Task InsertAsync(IReadOnlyCollection<TState> rows, string token, TimeSpan limit, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true);
        foreach (var row in rows)
        {
            Write(writer, row);
        }

        var body = bytes.ToArray();
        return cluster.Home.InsertAsync(
            new ClickHouseQuery($"INSERT INTO {name} ({columns}) FORMAT RowBinary") { TimeLimit = limit }
                .WithSetting("insert_deduplication_token", token),
            async (stream, cancelled) => await stream.WriteAsync(body, cancelled), cancellationToken);
    }

    /// <summary>The newest state of everything.</summary>
    public IAsyncEnumerable<TState> ReadCurrentAsync(CancellationToken cancellationToken) =>
        ReadAsync(
            new ClickHouseQuery($"SELECT {columns} FROM {name} WHERE sequence IN (SELECT max(sequence) FROM {name} GROUP BY {key}) FORMAT Native"),
            cancellationToken);

    /// <summary>The states of these numbers.</summary>
    public IAsyncEnumerable<TState> ReadAsync(IEnumerable<long> sequences, CancellationToken cancellationToken) =>
        ReadAsync(
            new ClickHouseQuery($$"""SELECT {{columns}} FROM {{name}} WHERE sequence IN {sequences:Array(UInt64)} FORMAT Native""")
                .With("sequences", $"[{string.Join(',', sequences)}]"),
            cancellationToken);

    /// <summary>The numbers of all states from one on.</summary>
    public Task<IReadOnlyList<long>> ListAsync(long from, CancellationToken cancellationToken) =>
        cluster.Home.QueryAsync<long>(
            new ClickHouseQuery($$"""SELECT toInt64(sequence) AS value FROM {{name}} WHERE sequence >= {from:UInt64}""")
                .With("from", from), cancellationToken);

    /// <summary>
    /// Deletes the states that had ended before a time, in microseconds since 1970. The last one of what still is stays, however old.
    /// </summary>
    public async Task DeleteEndedAsync(long before, CancellationToken cancellationToken)
    {
        var count = await cluster.Home.QuerySingleAsync<long>(
            new ClickHouseQuery($"SELECT toInt64(count()) AS value FROM {name} WHERE {EndedBefore}").With("before", before), cancellationToken);
        if (count > 0)
        {
            await cluster.Home.ExecuteAsync(
                // Its subquery gives each replica the same: rows of that time come no more.
                new ClickHouseQuery($"DELETE FROM {name} WHERE {EndedBefore}").With("before", before)
                    .WithSetting("allow_nondeterministic_mutations", "1"),
                cancellationToken);
        }
    }

    /// <summary>Writes a row as RowBinary has it, columns in their order.</summary>
    protected abstract void Write(BinaryWriter to, TState row);

    /// <summary>The state of a row of a block, whose columns are in their order.</summary>
    protected abstract TState Read(IReadOnlyList<NativeColumn> columns, int row);

    private async IAsyncEnumerable<TState> ReadAsync(ClickHouseQuery query, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var answer = await cluster.Home.StreamAsync(query.WithSetting("max_block_size", RowsPerBlock), cancellationToken);
        var blocks = new NativeReader(answer.Body, answer.QueryId);
        while (await blocks.ReadAsync(cancellationToken))
        {
            for (var row = 0; row < blocks.Rows; row++)
            {
                yield return Read(blocks.Columns, row);
            }
        }
    }
}
