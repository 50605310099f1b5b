using System.Numerics;
using System.Runtime.CompilerServices;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>
/// Reads the values of one row's fields. It guesses that a text is plain (ASCII without escapes), which vectors see while they copy it;
/// any other goes to <see cref="JsonScanner"/> and <see cref="JsonText"/>.
/// </summary>
internal sealed class FieldParser(EventParserOptions options)
{
    private EventDraft _draft;
    private int _textEnd;

    /// <summary>What was read of the row.</summary>
    public ref readonly EventDraft Row => ref _draft;

    /// <summary>Where the row's texts end, so far.</summary>
    public int TextEnd => _textEnd;

    /// <summary>Begins a row whose texts start at <paramref name="textStart"/>.</summary>
    public void Begin(int textStart)
    {
        _draft.Reset();
        _textEnd = textStart;
    }

    /// <summary>Reads the value that starts at <paramref name="at"/>.</summary>
    /// <returns>The position after it, or <see cref="JsonScanner.NeedMore"/>.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public int Read(scoped in JsonScanner scanner, int at, int depth, EventField field, Span<byte> text)
    {
        var input = scanner.Input;
        if (at >= input.Length)
        {
            return JsonScanner.NeedMore;
        }

        if (input[at] == '"')
        {
            return field switch
            {
                <= EventField.Decision => ReadText(in scanner, at + 1, field, text),
                EventField.Uuid => ReadUuid(in scanner, at + 1, text),
                _ => ReadShort(in scanner, at + 1, field, text),
            };
        }

        var end = scanner.SkipValue(at, depth);
        if (end < 0)
        {
            return end;
        }

        if (input[at] == 'n')
        {
            _draft.AcceptNull(field);
        }
        else
        {
            _draft.Fault(field, RejectReason.NotAString);
        }

        return end;
    }

    // Copies 32 bytes at a time while looking for the end among them; a stop that is no quote sends the whole text the slow way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadText(scoped in JsonScanner scanner, int start, EventField field, Span<byte> text)
    {
        var input = scanner.Input;
        var to = _textEnd;
        for (var at = start; at + AsciiScan.Vector <= input.Length; at += AsciiScan.Vector, to += AsciiScan.Vector)
        {
            var bytes = AsciiScan.Load(input, at);
            AsciiScan.Store(bytes, text, to);
            var stops = AsciiScan.Stops(bytes);
            if (stops == 0)
            {
                continue;
            }

            var run = BitOperations.TrailingZeroCount(stops);
            var length = at + run - start;
            if (input[at + run] != '"' || length > options.MaxFieldBytes)
            {
                break;
            }

            _draft.Texts[(int)field] = new TextRef(_textEnd, length);
            _draft.Accept(field);
            _textEnd += length;
            return start + length + 1;
        }

        return ReadOther(in scanner, start, field, text);
    }

    private int ReadUuid(scoped in JsonScanner scanner, int start, Span<byte> text)
    {
        var input = scanner.Input;
        var end = start + UuidText.HyphenatedBytes;
        if (end >= input.Length || input[end] != '"' || !UuidText.TryParseHyphenated(input[start..], out _draft.Uuid))
        {
            return ReadOther(in scanner, start, EventField.Uuid, text);
        }

        _draft.Accept(EventField.Uuid);
        return end + 1;
    }

    // A time or a port, which a look at 32 bytes shows whole.
    private int ReadShort(scoped in JsonScanner scanner, int start, EventField field, Span<byte> text)
    {
        var input = scanner.Input;
        if (start + AsciiScan.Vector <= input.Length)
        {
            var run = BitOperations.TrailingZeroCount(AsciiScan.Stops(AsciiScan.Load(input, start)));
            if (run < AsciiScan.Vector && input[start + run] == '"' && run <= options.MaxFieldBytes)
            {
                Accept(field, input.Slice(start, run));
                return start + run + 1;
            }
        }

        return ReadOther(in scanner, start, field, text);
    }

    // Any string of a known field, from after its opening quote to after its closing one.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private int ReadOther(scoped in JsonScanner scanner, int start, EventField field, Span<byte> text)
    {
        var end = scanner.FindStringEnd(start, out _);
        if (end == JsonScanner.NeedMore)
        {
            return end;
        }

        var raw = scanner.Input[start..end];
        var value = text[_textEnd..];
        if (raw.Length > options.MaxRawFieldBytes)
        {
            _draft.Fault(field, RejectReason.TooLong);
        }
        else if (!JsonText.TryDecode(raw, value, out var length))
        {
            _draft.Fault(field, RejectReason.InvalidUtf8);
        }
        else if (length > options.MaxFieldBytes)
        {
            _draft.Fault(field, RejectReason.TooLong);
        }
        else
        {
            Accept(field, value[..length]);
        }

        return end + 1;
    }

    private void Accept(EventField field, ReadOnlySpan<byte> value)
    {
        var fault = RejectReason.None;
        switch (field)
        {
            case EventField.Uuid:
                if (!UuidText.TryParse(value, out _draft.Uuid))
                {
                    fault = RejectReason.BadUuid;
                }

                break;
            case EventField.TimeStamp:
                if (!TimestampText.TryParse(value, out _draft.TimeMicros))
                {
                    fault = RejectReason.BadTime;
                }

                break;
            case EventField.PodPort:
                if (!PortCode.TryParse(value, out _draft.PodPort))
                {
                    fault = RejectReason.BadPort;
                }

                break;
            case EventField.TrafficInOutPort:
                if (!PortCode.TryParse(value, out _draft.TrafficInOutPort))
                {
                    fault = RejectReason.BadPort;
                }

                break;
            default:
                _draft.Texts[(int)field] = new TextRef(_textEnd, value.Length);
                _textEnd += value.Length;
                break;
        }

        if (fault == RejectReason.None)
        {
            _draft.Accept(field);
        }
        else
        {
            _draft.Fault(field, fault);
        }
    }
}
