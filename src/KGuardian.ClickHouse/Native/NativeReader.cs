using KGuardian.ClickHouse.Client;

namespace KGuardian.ClickHouse.Native;

/// <summary>
/// Reads an answer in the Native format, as ClickHouse writes it over HTTP: block after block the number of columns and rows, then each column's name, type and
/// values. One block is held at a time; columns and their spans are valid until the next.
/// </summary>
/// <param name="from">The answer.</param>
/// <param name="queryId">For errors.</param>
internal sealed class NativeReader(Stream from, string queryId)
{
    /// <summary>More than any select list has.</summary>
    private const int MostColumns = 1000;

    private readonly NativeInput _input = new(from, queryId);
    private readonly List<NativeColumn> _columns = [];

    /// <summary>Rows of the block.</summary>
    public int Rows { get; private set; }

    /// <summary>Its columns.</summary>
    public IReadOnlyList<NativeColumn> Columns => _columns;

    /// <summary>Reads the next block; false when there is none.</summary>
    /// <exception cref="ClickHouseException">The query failed, or the answer is damaged or cut.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        Rows = 0;
        if (!await _input.BeginAsync(cancellationToken))
        {
            return false;
        }

        var columns = await _input.TakeCountAsync(cancellationToken);
        var rows = await _input.TakeCountAsync(cancellationToken);
        if (columns is 0 or > MostColumns || (_columns.Count > 0 && columns != _columns.Count))
        {
            throw _input.Damaged("a block of no columns, of too many, or of others than the block before");
        }

        for (var i = 0; i < columns; i++)
        {
            await _input.TakeTextAsync(cancellationToken);
            var column = ColumnAt(i, await _input.TakeTextAsync(cancellationToken));
            // A block of no rows has heads of columns and nothing of their values.
            if (rows > 0)
            {
                await column.ReadAsync(rows, cancellationToken);
            }
        }

        Rows = rows;
        return true;
    }

    /// <summary>The block's column, which is that of the block before: its arrays are used again.</summary>
    private NativeColumn ColumnAt(int i, string type)
    {
        if (i < _columns.Count)
        {
            return _columns[i].Type == type ? _columns[i] : throw _input.Damaged("a block of other columns than the block before");
        }

        var column = NativeColumn.Create(type, _input) ?? throw _input.Damaged($"values of type {type} are not read");
        _columns.Add(column);
        return column;
    }
}
