using System.Globalization;
using System.Text;
using KGuardian.Analytics.Query.Rows;

namespace KGuardian.Analytics.Query.Tail;

/// <summary>A flow of a tail.</summary>
/// <param name="Sequence">Its place in the order of arrival.</param>
/// <param name="Json">Its row as ClickHouse wrote it, without a line end; to be used before the next row is read.</param>
internal readonly record struct TailRow(long Sequence, ReadOnlyMemory<byte> Json)
{
    /// <summary>Takes a line apart whose last member is <see cref="JsonRows.KeyColumn"/>; changes it in place.</summary>
    internal static TailRow Parse(Memory<byte> line)
    {
        var bytes = line.Span;
        var key = bytes.LastIndexOf(JsonRows.KeyBegin);
        // Behind the number come its quote and the brace.
        var number = Encoding.ASCII.GetString(bytes[(key + JsonRows.KeyBegin.Length)..^2]);
        bytes[key] = (byte)'}';
        return new TailRow(long.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture), line[..(key + 1)]);
    }
}
