using System.Text;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>What a JSON string's bytes between its quotes mean.</summary>
internal static class JsonText
{
    /// <summary>
    /// Writes the text of <paramref name="raw"/>, whose escapes are well-formed, to <paramref name="destination"/>, which is at least
    /// as long. False when the text is not valid UTF-8 or an escape is half of a surrogate pair.
    /// </summary>
    public static bool TryDecode(ReadOnlySpan<byte> raw, Span<byte> destination, out int written)
    {
        written = 0;
        while (true)
        {
            var run = raw.IndexOf((byte)'\\');
            var plain = run < 0 ? raw : raw[..run];
            if (!System.Text.Unicode.Utf8.IsValid(plain))
            {
                return false;
            }

            plain.CopyTo(destination[written..]);
            written += plain.Length;
            if (run < 0)
            {
                return true;
            }

            raw = raw[run..];
            if (raw[1] == 'u')
            {
                if (!TryDecodeRune(ref raw, out var rune))
                {
                    return false;
                }

                written += rune.EncodeToUtf8(destination[written..]);
                continue;
            }

            destination[written++] = raw[1] switch
            {
                (byte)'b' => (byte)'\b',
                (byte)'f' => (byte)'\f',
                (byte)'n' => (byte)'\n',
                (byte)'r' => (byte)'\r',
                (byte)'t' => (byte)'\t',
                var itself => itself,
            };
            raw = raw[2..];
        }
    }

    // Takes \uXXXX, or two of them that are a surrogate pair.
    private static bool TryDecodeRune(ref ReadOnlySpan<byte> raw, out Rune rune)
    {
        var first = HexUnit(raw);
        raw = raw[6..];
        if (Rune.TryCreate(first, out rune))
        {
            return true;
        }

        if (raw.Length < 6 || raw[0] != '\\' || raw[1] != 'u' || !Rune.TryCreate(first, HexUnit(raw), out rune))
        {
            return false;
        }

        raw = raw[6..];
        return true;
    }

    private static char HexUnit(ReadOnlySpan<byte> escape)
    {
        var unit = 0;
        foreach (var digit in escape[2..6])
        {
            unit = (unit << 4) | (char.IsAsciiDigit((char)digit) ? digit - '0' : (digit | 0x20) - 'a' + 10);
        }

        return (char)unit;
    }
}
