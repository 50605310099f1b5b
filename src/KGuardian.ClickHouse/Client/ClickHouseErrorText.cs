using System.Globalization;

namespace KGuardian.ClickHouse.Client;

/// <summary>Reads ClickHouse's error texts, which begin <c>Code: 60. DB::Exception: ...</c>.</summary>
internal static class ClickHouseErrorText
{
    /// <summary>The code that the text names; 0 when it names none.</summary>
    public static int Code(ReadOnlySpan<char> text)
    {
        const string Prefix = "Code: ";
        var at = text.IndexOf(Prefix, StringComparison.Ordinal);
        if (at < 0)
        {
            return 0;
        }

        var digits = text[(at + Prefix.Length)..];
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : 0;
    }
}
