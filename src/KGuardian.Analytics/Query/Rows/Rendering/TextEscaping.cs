using System.Buffers;

namespace KGuardian.Analytics.Query.Rows.Rendering;

/// <summary>How a format quotes texts, exactly as ClickHouse does it. Bytes that are no UTF-8 go through as they are.</summary>
internal abstract class TextEscaping
{
    public static readonly TextEscaping Json = new JsonEscaping();

    public static readonly TextEscaping Csv = new CsvEscaping();

    /// <summary>Most bytes that a byte becomes.</summary>
    public abstract int MostPerByte { get; }

    /// <summary>What stands for null.</summary>
    public abstract byte[] Null { get; }

    /// <summary>Writes a text without its quotes; returns how many bytes.</summary>
    public abstract int Write(ReadOnlySpan<byte> text, Span<byte> to);

    private sealed class JsonEscaping : TextEscaping
    {
        /// <summary>Control characters, quote, backslash, and the first byte of U+2028 and U+2029, which end a line in JavaScript.</summary>
        private static readonly SearchValues<byte> Special = SearchValues.Create(
            [.. Enumerable.Range(0, 32).Select(i => (byte)i), (byte)'"', (byte)'\\', 0xE2]);

        public override int MostPerByte => 6;

        public override byte[] Null => [.. "null"u8];

        public override int Write(ReadOnlySpan<byte> text, Span<byte> to)
        {
            var at = 0;
            while (true)
            {
                var plain = text.IndexOfAny(Special);
                if (plain < 0)
                {
                    text.CopyTo(to[at..]);
                    return at + text.Length;
                }

                text[..plain].CopyTo(to[at..]);
                at += plain;
                text = text[plain..];
                var (escape, length) = text[0] == 0xE2 ? Separator(text) : (Escape(text[0]), 1);
                escape.CopyTo(to[at..]);
                at += escape.Length;
                text = text[length..];
            }
        }

        private static (byte[] Escape, int Length) Separator(ReadOnlySpan<byte> text) =>
            text.StartsWith("\u2028"u8) ? ([.. "\\u2028"u8], 3)
            : text.StartsWith("\u2029"u8) ? ([.. "\\u2029"u8], 3)
            : ([0xE2], 1);

        private static byte[] Escape(byte special) => special switch
        {
            (byte)'\b' => [.. "\\b"u8],
            (byte)'\f' => [.. "\\f"u8],
            (byte)'\n' => [.. "\\n"u8],
            (byte)'\r' => [.. "\\r"u8],
            (byte)'\t' => [.. "\\t"u8],
            (byte)'"' => [.. "\\\""u8],
            (byte)'\\' => [.. "\\\\"u8],
            _ => [.. "\\u00"u8, Hex(special >> 4), Hex(special & 0xF)],
        };

        private static byte Hex(int digit) => (byte)"0123456789ABCDEF"[digit];
    }

    private sealed class CsvEscaping : TextEscaping
    {
        public override int MostPerByte => 2;

        public override byte[] Null => [];

        public override int Write(ReadOnlySpan<byte> text, Span<byte> to)
        {
            var at = 0;
            while (true)
            {
                var quote = text.IndexOf((byte)'"');
                if (quote < 0)
                {
                    text.CopyTo(to[at..]);
                    return at + text.Length;
                }

                text[..(quote + 1)].CopyTo(to[at..]);
                at += quote + 1;
                to[at++] = (byte)'"';
                text = text[(quote + 1)..];
            }
        }
    }
}
