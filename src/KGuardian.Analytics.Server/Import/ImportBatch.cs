using System.Buffers;
using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Server.Import;

/// <summary>Rows on their way: a JSON array, where each is in it, and those that were refused before they were sent. Reused.</summary>
internal sealed class ImportBatch
{
    private readonly ArrayBufferWriter<byte> _body = new(64 << 10);
    private readonly List<(int Begin, int End, long Row)> _places = [];

    /// <summary>Rows that are sent.</summary>
    public int Count => _places.Count;

    /// <summary>Bytes of their JSON.</summary>
    public int Bytes => _body.WrittenCount;

    /// <summary>The flows that are sent, one a row: what tells the same flow, and the day of its time since 1970.</summary>
    public List<(ulong Key, ushort Day)> Flows { get; } = [];

    /// <summary>Rows that are not sent, and why.</summary>
    public List<RejectedSource> Rejects { get; } = [];

    /// <summary>The key of the last row, sent or not; null before one, or where it cannot be gone on behind it.</summary>
    public string[]? Position { get; set; }

    /// <summary>Adds a row.</summary>
    /// <param name="json">An object.</param>
    /// <param name="row">Its number in the source, from 1.</param>
    public void Add(ReadOnlySpan<byte> json, long row)
    {
        _body.Write(_places.Count == 0 ? "["u8 : ","u8);
        var begin = _body.WrittenCount;
        _body.Write(json);
        _places.Add((begin, _body.WrittenCount, row));
    }

    /// <summary>The JSON of one of the rows that are sent, and its number.</summary>
    public (ReadOnlyMemory<byte> Json, long Row) this[int index] =>
        (_body.WrittenMemory[_places[index].Begin.._places[index].End], _places[index].Row);

    /// <summary>Some of the rows as the body of a request.</summary>
    public HttpContent Content(int from, int count)
    {
        var places = CollectionsMarshal.AsSpan(_places).Slice(from, count);
        return new RowsContent(_body.WrittenMemory[places[0].Begin..places[^1].End]);
    }

    /// <summary>Begins another one.</summary>
    public void Clear()
    {
        _body.ResetWrittenCount();
        _places.Clear();
        Flows.Clear();
        Rejects.Clear();
        Position = null;
    }

    /// <summary>Rows between brackets, without a copy of them.</summary>
    private sealed class RowsContent : HttpContent
    {
        private readonly ReadOnlyMemory<byte> _rows;

        public RowsContent(ReadOnlyMemory<byte> rows)
        {
            _rows = rows;
            Headers.ContentType = new("application/json");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context)
        {
            await stream.WriteAsync("["u8.ToArray());
            await stream.WriteAsync(_rows);
            await stream.WriteAsync("]"u8.ToArray());
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _rows.Length + 2;
            return true;
        }
    }
}

/// <summary>A row that cannot be stored.</summary>
/// <param name="Row">Its number in the source, from 1; 0 where it is not known.</param>
/// <param name="Field">The member at fault; empty for all of it.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="Text">The row as it was read.</param>
internal sealed record RejectedSource(long Row, string Field, string Reason, string Text);
