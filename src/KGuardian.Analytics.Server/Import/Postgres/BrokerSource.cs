using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Import.Postgres;

/// <summary>The tables of a PostgreSQL broker that are there, as something to import.</summary>
internal sealed class BrokerSource : IImportSource
{
    private readonly BrokerSnapshot _snapshot;
    private readonly List<(BrokerTable Table, IReadOnlyList<BrokerColumn> Columns, long Rows)> _found = [];
    private readonly List<string> _notes = [];

    private BrokerSource(BrokerSnapshot snapshot, string name) => (_snapshot, Name) = (snapshot, name);

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public string Identity => $"postgres:{_snapshot.Identity}";

    /// <inheritdoc/>
    public IReadOnlyList<(ImportTable Table, long Rows)> Tables => [.. _found.Select(found => (found.Table.Target, found.Rows))];

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => _notes;

    /// <summary>Connects, and looks which tables are there.</summary>
    /// <param name="connectionString">In Npgsql's form.</param>
    /// <param name="name">What it is called in the report.</param>
    /// <param name="only">Tables to import; empty for all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">It cannot be connected to, or has no table of the broker's.</exception>
    public static async Task<BrokerSource> OpenAsync(
        string connectionString, string name, IReadOnlyCollection<string> only, CancellationToken cancellationToken)
    {
        var source = new BrokerSource(await BrokerSnapshot.OpenAsync(connectionString, cancellationToken), name);
        try
        {
            foreach (var table in BrokerTable.All.Where(table => only.Count == 0 || only.Contains(table.Name)))
            {
                await source.FindAsync(table, cancellationToken);
            }

            if (only.Count == 0)
            {
                // What a newer broker has besides is told by its name, so that nobody takes it for moved.
                source._notes.AddRange((await source._snapshot.TablesAsync(cancellationToken))
                    .Where(name => BrokerTable.All.All(table => table.Name != name)).Select(name => $"the table {name} is not imported: it stays where it is"));
            }

            return source._found.Count > 0 ? source : throw new CommandException(
                $"{name} has none of the broker's tables {string.Join(", ", BrokerTable.All.Select(table => table.Name))}: is it another database, or schema?");
        }
        catch
        {
            await source.DisposeAsync();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<bool> CanGoOnAsync(ImportState state, CancellationToken cancellationToken)
    {
        foreach (var (table, _, rows) in _found)
        {
            var done = state.Of(table.Target);
            // What came in later is behind the position, or was not read: then there are more rows before it than were read, or fewer.
            if (done.Rows > 0 && (done.Position is null || await _snapshot.CountAsync(table, done.Position, cancellationToken) != done.Rows))
            {
                return false;
            }

            // A table that was done has grown, perhaps.
            done.Done &= done.Rows == rows;
        }

        return true;
    }

    /// <inheritdoc/>
    public async Task SendAsync(ImportRun run, ImportProgress progress, CancellationToken cancellationToken)
    {
        foreach (var (table, columns, rows) in _found)
        {
            var state = run.State.Of(table.Target);
            if (state.Done)
            {
                continue;
            }

            progress.Begin(table.Target, rows, state.Rows);
            await run.SendAllAsync(
                table.Target,
                _snapshot.ReadAsync(table, columns, state.Position, state.Rows + 1, run.Rent, run.RowsOf(table.Target), cancellationToken), cancellationToken);
            progress.End(table.Target);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _snapshot.DisposeAsync();

    private async Task FindAsync(BrokerTable table, CancellationToken cancellationToken)
    {
        var there = await _snapshot.ColumnsAsync(table.Name, cancellationToken);
        if (there.Count == 0)
        {
            _notes.Add($"the database has no table {table.Name}: skipped");
            return;
        }

        if (table.Key.FirstOrDefault(key => !there.Contains(key)) is { } missing)
        {
            throw new CommandException($"the table {table.Name} has no column {missing}: it is not the broker's");
        }

        var lacking = table.Columns.Where(column => !there.Contains(column.Name) && !column.MayLack).Select(column => column.Name).ToArray();
        if (lacking.Length > 0)
        {
            _notes.Add($"the table {table.Name} has no {string.Join(", ", lacking)}: an older broker");
        }

        var besides = there.Except(table.Columns.Select(column => column.Name)).Except(table.Key).Order(StringComparer.Ordinal).ToArray();
        if (besides.Length > 0)
        {
            _notes.Add($"of the table {table.Name} these are not imported: {string.Join(", ", besides)}");
        }

        _found.Add((
            table, [.. table.Columns.Where(column => there.Contains(column.Name) || column.Absent is not null)
                .Select(column => there.Contains(column.Name) ? column with { Absent = null } : column)],
            await _snapshot.CountAsync(table, null, cancellationToken)));
    }
}
