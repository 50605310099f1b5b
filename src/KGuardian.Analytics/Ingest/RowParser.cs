using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace KGuardian.Analytics.Ingest;

/// <summary>
/// Reads one row. Two guesses make it fast, both checked: fields come in the order of the row before, and texts are short and plain
/// (no escapes, ASCII). What the guesses do not cover goes to <see cref="JsonScanner"/>.
/// </summary>
internal sealed class RowParser(EventParserOptions options, FlowKeyHasher hasher)
{
    private const int Vector = 32;

    /// <summary>How many of a row's first properties are guessed: the eleven known and a few of newer agents.</summary>
    private const int Guesses = 16;

    private readonly EventField[] _order = [.. Enumerable.Repeat(EventFieldNames.Unknown, Guesses)];
    private EventDraft _draft;
    private int _textEnd;

    /// <summary>Reads the row that the input starts with, and adds it to the batch.</summary>
    /// <returns>The position after it, or <see cref="JsonScanner.NeedMore"/>: then the batch is as before.</returns>
    public int Read(scoped in JsonScanner scanner, int depth, EventBatch batch)
    {
        if (scanner.Input[0] != '{')
        {
            var valueEnd = scanner.SkipValue(0, depth);
            if (valueEnd != JsonScanner.NeedMore)
                batch.Reject(RejectReason.NotAnObject, "", scanner.Input[..valueEnd]);
            return valueEnd;
        }

        scanner.RequireDepth(0, depth);
        _draft.Reset();
        _textEnd = batch.TextLength;
        var end = ReadProperties(in scanner, depth + 1, batch.FreeText(scanner.Input.Length));
        if (end == JsonScanner.NeedMore)
            return end;
        if (_draft.IsGood)
        {
            batch.Append(in _draft, _textEnd, hasher);
            return end;
        }

        var (reason, field) = _draft.FirstFault();
        batch.Reject(reason, EventFieldNames.Of(field), scanner.Input[..end]);
        return end;
    }

    private int ReadProperties(scoped in JsonScanner scanner, int depth, Span<byte> text)
    {
        var input = scanner.Input;
        var at = scanner.SkipWhiteSpace(1);
        if (at < input.Length && input[at] == '}')
            return at + 1;
        for (var ordinal = 0; ; ordinal++)
        {
            if (at >= input.Length)
                return JsonScanner.NeedMore;
            if (input[at] != '"')
                return scanner.Fail(at, "a property name in double quotes");
            at = ReadName(in scanner, at + 1, ordinal, text, out var field);
            if (at == JsonScanner.NeedMore)
                return at;

            at = scanner.SkipWhiteSpace(at);
            if (at >= input.Length)
                return JsonScanner.NeedMore;
            if (input[at] != ':')
                return scanner.Fail(at, "a colon after the property name");
            at = scanner.SkipWhiteSpace(at + 1);
            at = field == EventFieldNames.Unknown ? scanner.SkipValue(at, depth) : ReadField(in scanner, at, depth, field, text);
            if (at == JsonScanner.NeedMore)
                return at;

            at = scanner.SkipWhiteSpace(at);
            if (at >= input.Length)
                return JsonScanner.NeedMore;
            if (input[at] == '}')
                return at + 1;
            if (input[at] != ',')
                return scanner.Fail(at, "a comma or the object's closing brace");
            at = scanner.SkipWhiteSpace(at + 1);
        }
    }

    // From after the opening quote to after the closing one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadName(scoped in JsonScanner scanner, int at, int ordinal, Span<byte> text, out EventField field)
    {
        if (ordinal < Guesses && at + Vector <= scanner.Input.Length)
        {
            field = _order[ordinal];
            if (field != EventFieldNames.Unknown && EventFieldNames.QuotedLength(field, Load(scanner.Input, at)) is > 0 and var length)
                return at + length;
        }

        return FindName(in scanner, at, ordinal, text, out field);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FindName(scoped in JsonScanner scanner, int at, int ordinal, Span<byte> text, out EventField field)
    {
        field = EventFieldNames.Unknown;
        var end = scanner.FindStringEnd(at, out var escaped);
        if (end == JsonScanner.NeedMore)
            return end;

        var name = scanner.Input[at..end];
        if (!escaped)
            field = EventFieldNames.Find(name);
        else if (JsonText.TryDecode(name, text[_textEnd..], out var bytes))
            field = EventFieldNames.Find(text.Slice(_textEnd, bytes));
        if (ordinal < Guesses)
            _order[ordinal] = field;
        return end + 1;
    }

    private int ReadField(scoped in JsonScanner scanner, int at, int depth, EventField field, Span<byte> text)
    {
        var input = scanner.Input;
        if (at >= input.Length)
            return JsonScanner.NeedMore;
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
        if (end == JsonScanner.NeedMore)
            return end;
        if (input[at] == 'n')
            _draft.AcceptNull(field);
        else
            _draft.Fault(field, RejectReason.NotAString);
        return end;
    }

    // Copies 32 bytes at a time while looking for the end among them; a stop that is no quote sends the whole text the slow way.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadText(scoped in JsonScanner scanner, int start, EventField field, Span<byte> text)
    {
        var input = scanner.Input;
        var to = _textEnd;
        for (var at = start; at + Vector <= input.Length; at += Vector, to += Vector)
        {
            var bytes = Load(input, at);
            Store(bytes, text, to);
            var stops = Stops(bytes);
            if (stops == 0)
                continue;

            var run = BitOperations.TrailingZeroCount(stops);
            var length = at + run - start;
            if (input[at + run] != '"' || length > options.MaxFieldBytes)
                break;
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
            return ReadOther(in scanner, start, EventField.Uuid, text);
        _draft.Accept(EventField.Uuid);
        return end + 1;
    }

    // A time or a port, which a look at 32 bytes shows whole.
    private int ReadShort(scoped in JsonScanner scanner, int start, EventField field, Span<byte> text)
    {
        var input = scanner.Input;
        if (start + Vector <= input.Length)
        {
            var run = BitOperations.TrailingZeroCount(Stops(Load(input, start)));
            if (run < Vector && input[start + run] == '"' && run <= options.MaxFieldBytes)
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
            return end;

        var raw = scanner.Input[start..end];
        var value = text[_textEnd..];
        if (!JsonText.TryDecode(raw, value, out var length))
            _draft.Fault(field, RejectReason.InvalidUtf8);
        else if (length > options.MaxFieldBytes)
            _draft.Fault(field, RejectReason.TooLong);
        else
            Accept(field, value[..length]);
        return end + 1;
    }

    private void Accept(EventField field, ReadOnlySpan<byte> value)
    {
        var fault = RejectReason.None;
        switch (field)
        {
            case EventField.Uuid:
                if (!UuidText.TryParse(value, out _draft.Uuid))
                    fault = RejectReason.BadUuid;
                break;
            case EventField.TimeStamp:
                if (!TimestampText.TryParse(value, out _draft.TimeMicros))
                    fault = RejectReason.BadTime;
                break;
            case EventField.PodPort:
                if (!PortCode.TryParse(value, out _draft.PodPort))
                    fault = RejectReason.BadPort;
                break;
            case EventField.TrafficInOutPort:
                if (!PortCode.TryParse(value, out _draft.TrafficInOutPort))
                    fault = RejectReason.BadPort;
                break;
            default:
                _draft.Texts[(int)field] = new TextRef(_textEnd, value.Length);
                _textEnd += value.Length;
                break;
        }

        if (fault == RejectReason.None)
            _draft.Accept(field);
        else
            _draft.Fault(field, fault);
    }

    // A bit for each quote, backslash, control character and byte that is not ASCII: as signed numbers the last two are below a space.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint Stops(Vector256<byte> bytes) =>
        (Vector256.Equals(bytes, Vector256.Create((byte)'"'))
            | Vector256.Equals(bytes, Vector256.Create((byte)'\\'))
            | Vector256.LessThan(bytes.AsSByte(), Vector256.Create((sbyte)' ')).AsByte()).ExtractMostSignificantBits();

    // The caller made sure of 32 bytes.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Load(ReadOnlySpan<byte> input, int at) =>
        Vector256.LoadUnsafe(ref MemoryMarshal.GetReference(input), (nuint)at);

    // The batch's free text is longer than the input by EventBatch.TextSlack.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(Vector256<byte> bytes, Span<byte> text, int at) =>
        bytes.StoreUnsafe(ref MemoryMarshal.GetReference(text), (nuint)at);
}
