using System.Buffers.Binary;
using System.Text;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Native;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>Rows of an answer in the Native format, value by value. Texts of a dictionary are made once a block.</summary>
internal sealed class EdgeRows(ClickHouseResult answer) : IAsyncDisposable
{
    private readonly NativeReader _blocks = new(answer.Body, answer.QueryId);
    private string?[]?[] _texts = [];
    private int _row;

    /// <summary>Goes to the next row; false when there is none.</summary>
    /// <exception cref="ClickHouseException">The query failed, or the answer is damaged or cut.</exception>
    public async ValueTask<bool> ReadAsync(CancellationToken cancellationToken)
    {
        for (_row++; _row >= _blocks.Rows; _row = 0)
        {
            if (!await _blocks.ReadAsync(cancellationToken))
            {
                return false;
            }

            if (_blocks.Rows > 0)
            {
                _texts = new string?[]?[_blocks.Columns.Count];
                _row = 0;
                break;
            }
        }

        return true;
    }

    /// <summary>A text; '' for null.</summary>
    public string Text(int column)
    {
        var texts = (TextColumn)_blocks.Columns[column];
        var made = _texts[column] ??= new string?[texts.EntryCount];
        var entry = texts.Indexes[_row];
        return made[entry] ??= texts.IsNull(entry) ? "" : Encoding.UTF8.GetString(texts.Entry(entry));
    }

    /// <summary>A text, or null. Equal texts of a block that has a dictionary are one object.</summary>
    public string? TextOrNull(int column)
    {
        var texts = (TextColumn)_blocks.Columns[column];
        return texts.IsNull(texts.Indexes[_row]) ? null : Text(column);
    }

    /// <summary>A number of 64 bits.</summary>
    public long Int64(int column) => BinaryPrimitives.ReadInt64LittleEndian(((FixedColumn)_blocks.Columns[column]).Values[(_row * 8)..]);

    /// <summary>A number of 32 bits.</summary>
    public int Int32(int column) => BinaryPrimitives.ReadInt32LittleEndian(((FixedColumn)_blocks.Columns[column]).Values[(_row * 4)..]);

    /// <summary>A number of 8 bits.</summary>
    public sbyte Int8(int column) => (sbyte)((FixedColumn)_blocks.Columns[column]).Values[_row];

    /// <summary>A uuid in the order of its text.</summary>
    public Guid Uuid(int column) => new(((FixedColumn)_blocks.Columns[column]).Values.Slice(_row * 16, 16), bigEndian: true);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => answer.DisposeAsync();
}
