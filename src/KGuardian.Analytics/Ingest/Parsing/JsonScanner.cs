using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>
/// Steps over strict JSON (RFC 8259, as System.Text.Json accepts it by default). Every method takes the position where its token
/// starts and answers the position after it, or what is negative: <see cref="NeedMore"/> when the input ends inside the token, <see cref="TooDeep"/>; it throws
/// <see cref="MalformedBodyException"/> at the first byte that no continuation could mend.
/// </summary>
internal readonly ref struct JsonScanner(ReadOnlySpan<byte> input, long bodyOffset, EventParserOptions options)
{
    /// <summary>The input ends before the token does.</summary>
    public const int NeedMore = -1;

    /// <summary>It nests deeper than this scanner follows: see <see cref="LongRowReader"/>.</summary>
    public const int TooDeep = -2;

    /// <summary>What ends a run of plain bytes in a string: a quote, a backslash or a control character.</summary>
    private static readonly SearchValues<byte> StringStops =
        SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(control => (byte)control)]);

    private readonly ReadOnlySpan<byte> _input = input;

    /// <summary>The bytes at hand.</summary>
    public ReadOnlySpan<byte> Input => _input;

    /// <summary>Steps over white space; answers the input's length when there is nothing else.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int SkipWhiteSpace(int at)
    {
        while ((uint)at < (uint)_input.Length && _input[at] <= ' ' && _input[at] is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            at++;
        }

        return at;
    }

    /// <summary>From after a string's opening quote to its closing quote.</summary>
    public int FindStringEnd(int start, out bool escaped)
    {
        escaped = false;
        for (var at = start; ;)
        {
            var run = _input[at..].IndexOfAny(StringStops);
            if (run < 0)
            {
                return NeedMore;
            }

            at += run;
            if (_input[at] == '"')
            {
                return at;
            }

            if (_input[at] != '\\')
            {
                return Fail(at, "a printable character, or an escape such as \\n, in a string");
            }

            escaped = true;
            at = SkipEscape(at, _input.Length);
            if (at == NeedMore)
            {
                return NeedMore;
            }
        }
    }

    /// <summary>Steps over any value.</summary>
    /// <param name="at">Where it starts.</param>
    /// <param name="depth">How many objects and arrays are open around it.</param>
    public int SkipValue(int at, int depth)
    {
        if (at >= _input.Length)
        {
            return NeedMore;
        }

        switch (_input[at])
        {
            case (byte)'"':
                var end = FindStringEnd(at + 1, out _);
                return end == NeedMore ? NeedMore : end + 1;
            case (byte)'{':
                return SkipObject(at, depth);
            case (byte)'[':
                return SkipArray(at, depth);
            case (byte)'t':
                return SkipLiteral(at, "true"u8);
            case (byte)'f':
                return SkipLiteral(at, "false"u8);
            case (byte)'n':
                return SkipLiteral(at, "null"u8);
            case (byte)'-' or (>= (byte)'0' and <= (byte)'9'):
                return SkipNumber(at);
            default:
                return Fail(at, "a JSON value");
        }
    }

    /// <summary>Steps over a literal such as null.</summary>
    public int SkipLiteral(int at, ReadOnlySpan<byte> literal)
    {
        var seen = _input[at..Math.Min(_input.Length, at + literal.Length)];
        var same = seen.CommonPrefixLength(literal);
        if (same < seen.Length)
        {
            return Fail(at + same, "true, false or null");
        }

        return same == literal.Length ? at + same : NeedMore;
    }

    /// <summary>Throws: the byte at <paramref name="at"/> is not what it has to be.</summary>
    [DoesNotReturn]
    public int Fail(int at, string expected) => throw new MalformedBodyException(bodyOffset + at, expected);

    private int SkipObject(int at, int depth)
    {
        if (depth >= options.MaxWholeDepth)
        {
            return TooDeep;
        }

        at = SkipWhiteSpace(at + 1);
        if (at < _input.Length && _input[at] == '}')
        {
            return at + 1;
        }

        while (true)
        {
            if (at >= _input.Length)
            {
                return NeedMore;
            }

            if (_input[at] != '"')
            {
                return Fail(at, "a property name in double quotes");
            }

            var end = FindStringEnd(at + 1, out _);
            if (end == NeedMore)
            {
                return NeedMore;
            }

            at = SkipWhiteSpace(end + 1);
            if (at >= _input.Length)
            {
                return NeedMore;
            }

            if (_input[at] != ':')
            {
                return Fail(at, "a colon after the property name");
            }

            at = SkipValue(SkipWhiteSpace(at + 1), depth + 1);
            if (at < 0)
            {
                return at;
            }

            at = SkipWhiteSpace(at);
            if (at >= _input.Length)
            {
                return NeedMore;
            }

            if (_input[at] == '}')
            {
                return at + 1;
            }

            if (_input[at] != ',')
            {
                return Fail(at, "a comma or the object's closing brace");
            }

            at = SkipWhiteSpace(at + 1);
        }
    }

    private int SkipArray(int at, int depth)
    {
        if (depth >= options.MaxWholeDepth)
        {
            return TooDeep;
        }

        at = SkipWhiteSpace(at + 1);
        if (at < _input.Length && _input[at] == ']')
        {
            return at + 1;
        }

        while (true)
        {
            at = SkipValue(at, depth + 1);
            if (at < 0)
            {
                return at;
            }

            at = SkipWhiteSpace(at);
            if (at >= _input.Length)
            {
                return NeedMore;
            }

            if (_input[at] == ']')
            {
                return at + 1;
            }

            if (_input[at] != ',')
            {
                return Fail(at, "a comma or the array's closing bracket");
            }

            at = SkipWhiteSpace(at + 1);
        }
    }

    // From a backslash to after its escape.
    private int SkipEscape(int at, int limit)
    {
        if (at + 1 >= limit)
        {
            return NeedMore;
        }

        switch (_input[at + 1])
        {
            case (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t':
                return at + 2;
            case (byte)'u':
                for (var digit = at + 2; digit < at + 6; digit++)
                {
                    if (digit >= limit)
                    {
                        return NeedMore;
                    }

                    if (!char.IsAsciiHexDigit((char)_input[digit]))
                    {
                        return Fail(digit, "four hex digits after \\u");
                    }
                }

                return at + 6;
            default:
                return Fail(at + 1, "an escape: one of \" \\ / b f n r t u");
        }
    }

    // -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?  A number at the very end may still go on.
    private int SkipNumber(int start)
    {
        var limit = _input.Length;
        var at = start;
        if (_input[at] == '-')
        {
            at++;
        }

        if (at < limit && _input[at] == '0')
        {
            at++;
        }
        else if (!SkipDigits(ref at, limit))
        {
            return NeedMore;
        }

        if (at < limit && _input[at] == '.')
        {
            at++;
            if (!SkipDigits(ref at, limit))
            {
                return NeedMore;
            }
        }

        if (at < limit && (_input[at] | 0x20) == 'e')
        {
            at++;
            if (at < limit && _input[at] is (byte)'+' or (byte)'-')
            {
                at++;
            }

            if (!SkipDigits(ref at, limit))
            {
                return NeedMore;
            }
        }

        return at < limit ? at : NeedMore;
    }

    // One digit or more; false when the input ends first.
    private bool SkipDigits(ref int at, int limit)
    {
        if (at < limit && !char.IsAsciiDigit((char)_input[at]))
        {
            Fail(at, "a digit");
        }

        if (at >= limit)
        {
            return false;
        }

        while (at < limit && char.IsAsciiDigit((char)_input[at]))
        {
            at++;
        }

        return true;
    }
}
