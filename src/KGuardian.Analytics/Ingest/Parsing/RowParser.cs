using System.Runtime.CompilerServices;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>
/// Reads one row. It guesses that fields come in the order of the row before, and checks: a name that was guessed costs one comparison.
/// </summary>
internal sealed class RowParser(EventParserOptions options, FlowKeyHasher hasher)
{
    /// <summary>How many of a row's first properties are guessed: the eleven known and a few of newer agents.</summary>
    private const int Guesses = 16;

    private readonly EventField[] _order = [.. Enumerable.Repeat(EventFieldNames.Unknown, Guesses)];
    private readonly FieldParser _fields = new(options);

    /// <summary>Reads the row that the input starts with, and adds it to the batch.</summary>
    /// <returns>The position after it, or what is negative, as <see cref="JsonScanner"/> has it: then the batch is as before.</returns>
    public int Read(scoped in JsonScanner scanner, int depth, EventBatch batch)
    {
        if (scanner.Input[0] != '{')
        {
            var valueEnd = scanner.SkipValue(0, depth);
            if (valueEnd >= 0)
            {
                batch.Reject(RejectReason.NotAnObject, "", scanner.Input[..valueEnd], valueEnd);
            }

            return valueEnd;
        }

        if (depth >= options.MaxWholeDepth)
        {
            return JsonScanner.TooDeep;
        }

        var end = ReadFields(in scanner, depth, batch);
        if (end >= 0)
        {
            Store(batch, scanner.Input[..end], end);
        }

        return end;
    }

    /// <summary>Adds a row to the batch that was read as it streamed by.</summary>
    public void Add(LongRowReader row, EventBatch batch)
    {
        if (!row.IsObject)
        {
            batch.Reject(RejectReason.NotAnObject, "", row.Raw, row.RawBytes);
            return;
        }

        // What it was shortened to is whole, and has no levels of its own.
        ReadFields(new JsonScanner(row.Shortened(), 0, options), 0, batch);
        Store(batch, row.Raw, row.RawBytes);
    }

    private int ReadFields(scoped in JsonScanner scanner, int depth, EventBatch batch)
    {
        _fields.Begin(batch.TextLength);
        return ReadProperties(in scanner, depth + 1, batch.FreeText(scanner.Input.Length));
    }

    private void Store(EventBatch batch, ReadOnlySpan<byte> raw, long rawBytes)
    {
        if (_fields.Row.IsGood)
        {
            batch.Append(in _fields.Row, _fields.TextEnd, hasher);
            return;
        }

        var (reason, field) = _fields.Row.FirstFault();
        batch.Reject(reason, EventFieldNames.Of(field), raw, rawBytes);
    }

    private int ReadProperties(scoped in JsonScanner scanner, int depth, Span<byte> text)
    {
        var input = scanner.Input;
        var at = scanner.SkipWhiteSpace(1);
        if (at < input.Length && input[at] == '}')
        {
            return at + 1;
        }

        for (var ordinal = 0; ; ordinal++)
        {
            if (at >= input.Length)
            {
                return JsonScanner.NeedMore;
            }

            if (input[at] != '"')
            {
                return scanner.Fail(at, "a property name in double quotes");
            }

            at = ReadName(in scanner, at + 1, ordinal, text, out var field);
            if (at == JsonScanner.NeedMore)
            {
                return at;
            }

            at = scanner.SkipWhiteSpace(at);
            if (at >= input.Length)
            {
                return JsonScanner.NeedMore;
            }

            if (input[at] != ':')
            {
                return scanner.Fail(at, "a colon after the property name");
            }

            at = scanner.SkipWhiteSpace(at + 1);
            at = field == EventFieldNames.Unknown ? scanner.SkipValue(at, depth) : _fields.Read(in scanner, at, depth, field, text);
            if (at < 0)
            {
                return at;
            }

            at = scanner.SkipWhiteSpace(at);
            if (at >= input.Length)
            {
                return JsonScanner.NeedMore;
            }

            if (input[at] == '}')
            {
                return at + 1;
            }

            if (input[at] != ',')
            {
                return scanner.Fail(at, "a comma or the object's closing brace");
            }

            at = scanner.SkipWhiteSpace(at + 1);
        }
    }

    // From after the opening quote to after the closing one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int ReadName(scoped in JsonScanner scanner, int at, int ordinal, Span<byte> text, out EventField field)
    {
        if (ordinal < Guesses && at + AsciiScan.Vector <= scanner.Input.Length)
        {
            field = _order[ordinal];
            if (field != EventFieldNames.Unknown && EventFieldNames.QuotedLength(field, AsciiScan.Load(scanner.Input, at)) is > 0 and var length)
            {
                return at + length;
            }
        }

        return FindName(in scanner, at, ordinal, text, out field);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private int FindName(scoped in JsonScanner scanner, int at, int ordinal, Span<byte> text, out EventField field)
    {
        field = EventFieldNames.Unknown;
        var end = scanner.FindStringEnd(at, out var escaped);
        if (end == JsonScanner.NeedMore)
        {
            return end;
        }

        var name = scanner.Input[at..end];
        if (!escaped)
        {
            field = EventFieldNames.Find(name);
        }
        else if (JsonText.TryDecode(name, text[_fields.TextEnd..], out var bytes))
        {
            field = EventFieldNames.Find(text.Slice(_fields.TextEnd, bytes));
        }

        if (ordinal < Guesses)
        {
            _order[ordinal] = field;
        }

        return end + 1;
    }
}
