using System.Buffers.Text;
using System.Diagnostics;

namespace KGuardian.Analytics.Flows;

/// <summary>
/// Ports arrive as nullable text and must be given back exactly, but are stored as Int32. A code is -1 for null, -2 for "", else
/// <c>v + 65536 * z</c> for the decimal digits of v (0 to 65535) after z leading zeros; the last digit is never a leading zero:
/// "0" is 0, "00" is 65536, "0443" is 443 + 65536.
/// </summary>
internal static class PortCode
{
    /// <summary>The code of null.</summary>
    public const int Null = -1;

    /// <summary>The code of the empty text.</summary>
    public const int Empty = -2;

    /// <summary>The longest text that is a port, in bytes. Keeps z below 1,024, hence every code below 2^26.</summary>
    public const int MaxTextBytes = 1024;

    private const int Ports = 65536;

    /// <summary>The code of <paramref name="text"/>; false when it is neither empty nor a port.</summary>
    public static bool TryParse(ReadOnlySpan<byte> text, out int code)
    {
        code = Empty;
        if (text.IsEmpty)
        {
            return true;
        }

        if (text.Length > MaxTextBytes)
        {
            return false;
        }

        var zeros = text[..^1].IndexOfAnyExcept((byte)'0');
        if (zeros < 0)
        {
            zeros = text.Length - 1;
        }

        // Five digits are enough for 65535; more would overflow nothing but are no port.
        var digits = text[zeros..];
        if (digits.Length > 5)
        {
            return false;
        }

        var value = 0;
        foreach (var digit in digits)
        {
            if (!char.IsAsciiDigit((char)digit))
            {
                return false;
            }

            value = (value * 10) + (digit - '0');
        }

        code = value + (Ports * zeros);
        return value < Ports;
    }

    /// <summary>Writes the text of <paramref name="code"/>; false when there is none, as the code is <see cref="Null"/>.</summary>
    /// <param name="code">A code made by <see cref="TryParse"/>, or <see cref="Null"/>.</param>
    /// <param name="destination">At least <see cref="MaxTextBytes"/> bytes.</param>
    /// <param name="written">How many bytes were written.</param>
    public static bool TryFormat(int code, Span<byte> destination, out int written)
    {
        written = 0;
        if (code < 0)
        {
            return code == Empty;
        }

        var (zeros, value) = Math.DivRem(code, Ports);
        destination[..zeros].Fill((byte)'0');
        var fits = Utf8Formatter.TryFormat(value, destination[zeros..], out written);
        Debug.Assert(fits, "the destination is shorter than MaxTextBytes");
        written += zeros;
        return true;
    }
}
