using System.Globalization;

namespace KGuardian.Analytics.Flows;

/// <summary>IP protocol numbers and the names that go with them, both ways.</summary>
internal static class IpProtocols
{
    private const string UnknownStart = "UNKNOWN(";

    private static readonly (byte Number, string Name)[] Known = [(1, "ICMP"), (6, "TCP"), (17, "UDP"), (58, "ICMPv6"), (132, "SCTP")];

    /// <summary>The names that stand for one number.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. Known.Select(known => known.Name)];

    /// <summary>The name of a protocol, or <c>UNKNOWN(n)</c>.</summary>
    public static string Name(byte number)
    {
        foreach (var known in Known)
        {
            if (known.Number == number)
            {
                return known.Name;
            }
        }

        return $"{UnknownStart}{number})";
    }

    /// <summary>The number of a name in any case, of <c>UNKNOWN(n)</c>, or of the number itself; false for other text.</summary>
    public static bool TryNumber(string? text, out byte number)
    {
        number = 0;
        if (text is null)
        {
            return false;
        }

        foreach (var known in Known)
        {
            if (text.Equals(known.Name, StringComparison.OrdinalIgnoreCase))
            {
                number = known.Number;
                return true;
            }
        }

        var digits = text.StartsWith(UnknownStart, StringComparison.OrdinalIgnoreCase) && text.EndsWith(')') ? text[UnknownStart.Length..^1] : text;
        // .NET takes NULs behind a number.
        return !digits.EndsWith('\0') && (digits.Length == 1 || !digits.StartsWith('0'))
            && byte.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }

    /// <summary>Every text, in upper case, that <see cref="TryNumber"/> reads as the same number as <paramref name="name"/>.</summary>
    internal static string[] Spellings(string name)
    {
        if (!TryNumber(name, out var number))
        {
            throw new ArgumentException("not a protocol", nameof(name));
        }

        var (digits, unknown) = (number.ToString(CultureInfo.InvariantCulture), $"{UnknownStart}{number})");
        var upper = Name(number).ToUpperInvariant();
        return upper == unknown ? [unknown, digits] : [upper, digits, unknown];
    }

    /// <summary>SQL of the name that <see cref="Name"/> gives to what <see cref="TryNumber"/> reads; other text in upper case.</summary>
    /// <param name="column">The text column, qualified as the query needs it; not user input.</param>
    internal static string NameSql(string column)
    {
        var (numbers, names) = (string.Join(", ", Known.Select(known => $"{known.Number}")), string.Join(", ", Known.Select(known => $"'{known.Name}'")));
        return $"ifNull(transform({NumberSql(column)}, [{numbers}], [{names}], concat('{UnknownStart}', toString({NumberSql(column)}), ')')), upper({column}))";
    }

    /// <summary>SQL of the number that <see cref="TryNumber"/> reads; NULL for other text.</summary>
    /// <param name="column">The text column, qualified as the query needs it; not user input.</param>
    internal static string NumberSql(string column)
    {
        var upper = $"upper({column})";
        var names = string.Join(", ", Known.Select(known => $"{upper} = '{known.Name.ToUpperInvariant()}', {known.Number}"));
        var digits =
            $"if(startsWith({upper}, '{UnknownStart}') AND endsWith({upper}, ')'), "
            + $"substring({upper}, {UnknownStart.Length + 1}, length({column}) - {UnknownStart.Length + 1}), {upper})";
        // Wider than a byte, so that 256 is too much; written anew, so that 06 and +6 are no numbers.
        var number = $"toUInt16OrNull({digits})";
        return $"multiIf({names}, {number} <= 255 AND toString({number}) = {digits}, {number}, NULL)";
    }
}
