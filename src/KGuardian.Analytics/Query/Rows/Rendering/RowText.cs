using System.Text;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>How rows of columns are put together as text: what is before, between and behind their values. Names need no escapes.</summary>
internal sealed class RowText
{
    private RowText(TextEscaping escaping, IEnumerable<string> leads, string tail)
    {
        Escaping = escaping;
        Leads = [.. leads.Select(Bytes)];
        Tail = Bytes(tail);
    }

    /// <summary>How texts are quoted.</summary>
    public TextEscaping Escaping { get; }

    /// <summary>What is before each value of a row.</summary>
    public IReadOnlyList<byte[]> Leads { get; }

    /// <summary>What is behind the last value of a row.</summary>
    public byte[] Tail { get; }

    /// <summary>What is before the first row.</summary>
    public byte[] Begin { get; private init; } = [];

    /// <summary>A document's first byte, instead of that which separates its first row from one before; null: nothing separates rows.</summary>
    public byte? First { get; private init; }

    /// <summary>What is behind the last row.</summary>
    public byte[] End { get; private init; } = [];

    /// <summary>A document without rows, behind <see cref="Begin"/>.</summary>
    public byte[] Empty { get; private init; } = [];

    /// <summary>One array of objects.</summary>
    public static RowText JsonArray(IReadOnlyList<string> names) => new(TextEscaping.Json, Members(names, ",\n{"), "}")
    {
        First = (byte)'[',
        End = Bytes("\n]\n"),
        Empty = Bytes("[\n\n]\n"),
    };

    /// <summary>An object a line.</summary>
    public static RowText JsonLines(IReadOnlyList<string> names) => new(TextEscaping.Json, Members(names, "{"), "}\n");

    /// <summary>A line of names, and one for each row.</summary>
    public static RowText Csv(IReadOnlyList<string> names) => new(TextEscaping.Csv, names.Select((_, i) => i == 0 ? "" : ","), "\n")
    {
        Begin = Bytes($"{string.Join(',', names.Select(name => $"\"{name}\""))}\n"),
    };

    private static IEnumerable<string> Members(IReadOnlyList<string> names, string begin) => names.Select((name, i) => $"{(i == 0 ? begin : ",")}\"{name}\":");

    private static byte[] Bytes(string text) => Encoding.ASCII.GetBytes(text);
}
