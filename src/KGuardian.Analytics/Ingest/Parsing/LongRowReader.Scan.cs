using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <content>The same strict JSON as <see cref="JsonScanner"/>'s, byte after byte, and the same words for what is wrong.</content>
internal sealed partial class LongRowReader
{
    /// <summary>What ends a run of plain bytes in a string: a quote, a backslash or a control character.</summary>
    private static readonly SearchValues<byte> StringStops =
        SearchValues.Create([(byte)'"', (byte)'\\', .. Enumerable.Range(0, 0x20).Select(control => (byte)control)]);

    /// <summary>A bit for each open object or array: 1 for an object.</summary>
    private ulong[] _open = new ulong[4];
    private int _depth;
    private Place _place;
    private Token _token;
    private bool _isName;
    private int _left;
    private string _literal = "";
    private bool _done;

    /// <summary>What may come next.</summary>
    private enum Place
    {
        Value,
        FirstValue,
        FirstName,
        Name,
        Colon,
        AfterValue,
    }

    /// <summary>What has begun.</summary>
    private enum Token
    {
        None,
        Text,
        Escape,
        Hex,
        Literal,
        Minus,
        Zero,
        Integer,
        Point,
        Fraction,
        Exponent,
        ExponentSign,
        ExponentDigits,
    }

    private bool InObject => (_open[(_depth - 1) >> 6] >> ((_depth - 1) & 63) & 1) != 0;

    /// <summary>Goes on reading.</summary>
    /// <param name="input">The bytes behind those read so far.</param>
    /// <param name="offset">Their place in the body, for errors.</param>
    /// <returns>The position after the row; <see cref="JsonScanner.NeedMore"/> when all were taken and it is not over.</returns>
    /// <exception cref="MalformedBodyException">It is not JSON.</exception>
    public int Read(ReadOnlySpan<byte> input, long offset)
    {
        var at = 0;
        while (at < input.Length && !_done)
        {
            at = _token switch
            {
                Token.None => BeginToken(input, at, offset),
                Token.Text => ReadText(input, at, offset),
                Token.Escape => ReadEscape(input, at, offset),
                Token.Hex => ReadHex(input, at, offset),
                Token.Literal => ReadLiteral(input, at, offset),
                _ => ReadNumber(input, at, offset),
            };
        }

        Keep(input[..at]);
        return _done ? at : JsonScanner.NeedMore;
    }

    private void BeginScan()
    {
        _depth = 0;
        _place = Place.Value;
        _token = Token.None;
        _done = false;
        _field = EventFieldNames.Unknown;
        if (_open.Length > 1024)
        {
            _open = new ulong[4];
        }
    }

    private int BeginToken(ReadOnlySpan<byte> input, int at, long offset)
    {
        var next = input[at];
        if (next is (byte)' ' or (byte)'\n' or (byte)'\r' or (byte)'\t')
        {
            return at + 1;
        }

        switch (_place)
        {
            case Place.FirstName when next == '}':
            case Place.FirstValue when next == ']':
            case Place.AfterValue when next == (InObject ? '}' : ']'):
                _depth--;
                EndValue();
                return at + 1;
            case Place.FirstName or Place.Name:
                if (next != '"')
                {
                    Fail(offset + at, "a property name in double quotes");
                }

                _isName = true;
                _token = Token.Text;
                if (_depth == 1)
                {
                    BeginString(isName: true);
                }

                return at + 1;
            case Place.Colon:
                _place = next == ':' ? Place.Value : Fail(offset + at, "a colon after the property name");
                return at + 1;
            case Place.AfterValue:
                _place = next != ',' ? Fail(offset + at, InObject ? "a comma or the object's closing brace" : "a comma or the array's closing bracket")
                    : InObject ? Place.Name : Place.Value;
                return at + 1;
            default:
                BeginValue(next, offset + at);
                return at + 1;
        }
    }

    private void BeginValue(byte first, long offset)
    {
        if (_depth == 0)
        {
            IsObject = first == '{';
        }

        var isField = _depth == 1 && IsObject;
        if (isField)
        {
            BeginField(first);
        }

        switch (first)
        {
            case (byte)'{':
                Open(isObject: true);
                _place = Place.FirstName;
                break;
            case (byte)'[':
                Open(isObject: false);
                _place = Place.FirstValue;
                break;
            case (byte)'"':
                _isName = false;
                _token = Token.Text;
                if (isField)
                {
                    BeginString(isName: false);
                }

                break;
            case (byte)'t' or (byte)'f' or (byte)'n':
                _literal = first == 't' ? "true" : first == 'f' ? "false" : "null";
                _left = _literal.Length - 1;
                _token = Token.Literal;
                break;
            case (byte)'-':
                _token = Token.Minus;
                break;
            case (byte)'0':
                _token = Token.Zero;
                break;
            case >= (byte)'1' and <= (byte)'9':
                _token = Token.Integer;
                break;
            default:
                Fail(offset, "a JSON value");
                break;
        }
    }

    private int ReadText(ReadOnlySpan<byte> input, int at, long offset)
    {
        var run = input[at..].IndexOfAny(StringStops);
        Add(run < 0 ? input[at..] : input.Slice(at, run));
        if (run < 0)
        {
            return input.Length;
        }

        at += run;
        if (input[at] == '"')
        {
            _token = Token.None;
            if (_isName)
            {
                if (_depth == 1)
                {
                    EndName();
                }

                _place = Place.Colon;
            }
            else
            {
                EndText();
                EndValue();
            }
        }
        else
        {
            _token = input[at] == '\\' ? Token.Escape : (Token)Fail(offset + at, "a printable character, or an escape such as \\n, in a string");
            Add(input.Slice(at, 1));
        }

        return at + 1;
    }

    private int ReadEscape(ReadOnlySpan<byte> input, int at, long offset)
    {
        Add(input.Slice(at, 1));
        _token = input[at] switch
        {
            (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t' => Token.Text,
            (byte)'u' => Token.Hex,
            _ => (Token)Fail(offset + at, "an escape: one of \" \\ / b f n r t u"),
        };
        _left = 4;
        return at + 1;
    }

    private int ReadHex(ReadOnlySpan<byte> input, int at, long offset)
    {
        if (!char.IsAsciiHexDigit((char)input[at]))
        {
            Fail(offset + at, "four hex digits after \\u");
        }

        Add(input.Slice(at, 1));
        _token = --_left == 0 ? Token.Text : Token.Hex;
        return at + 1;
    }

    private int ReadLiteral(ReadOnlySpan<byte> input, int at, long offset)
    {
        if (input[at] != _literal[^_left])
        {
            Fail(offset + at, "true, false or null");
        }

        if (--_left == 0)
        {
            EndValue();
        }

        return at + 1;
    }

    // -? (0 | [1-9][0-9]*) (. [0-9]+)? ([eE] [+-]? [0-9]+)?  What does not go on with a number ends it, and is looked at again.
    private int ReadNumber(ReadOnlySpan<byte> input, int at, long offset)
    {
        var next = input[at];
        var digit = char.IsAsciiDigit((char)next);
        Token? goesOn = _token switch
        {
            Token.Minus => !digit ? (Token)Fail(offset + at, "a digit") : next == '0' ? Token.Zero : Token.Integer,
            Token.Zero or Token.Integer when next == '.' => Token.Point,
            Token.Zero or Token.Integer or Token.Fraction when (next | 0x20) == 'e' => Token.Exponent,
            Token.Integer when digit => Token.Integer,
            Token.Point or Token.Fraction when digit => Token.Fraction,
            Token.Exponent when next is (byte)'+' or (byte)'-' => Token.ExponentSign,
            Token.Exponent or Token.ExponentSign or Token.ExponentDigits when digit => Token.ExponentDigits,
            Token.Point or Token.Exponent or Token.ExponentSign => (Token)Fail(offset + at, "a digit"),
            _ => null,
        };
        if (goesOn is { } token)
        {
            _token = token;
            return at + 1;
        }

        EndValue();
        return at;
    }

    private void Open(bool isObject)
    {
        if (_depth >> 6 == _open.Length)
        {
            Array.Resize(ref _open, 2 * _open.Length);
        }

        var bit = 1UL << (_depth & 63);
        ref var bits = ref _open[_depth >> 6];
        bits = isObject ? bits | bit : bits & ~bit;
        _depth++;
    }

    private void EndValue()
    {
        _token = Token.None;
        _place = Place.AfterValue;
        _done = _depth == 0;
    }

    [DoesNotReturn]
    private static Place Fail(long offset, string expected) => throw new MalformedBodyException(offset, expected);
}
