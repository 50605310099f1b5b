using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>
/// Turns a JSON body into rows of an <see cref="EventBatch"/>, in pieces as they arrive. Pure: no I/O, and no allocation unless a row
/// is rejected or the batch grows. Not thread-safe; reuse it for the next body with <see cref="Begin"/>.
/// </summary>
/// <remarks>
/// Unknown fields are skipped, however long or deep, a field that comes twice has its last value, a missing field is null. A row that is JSON but cannot be
/// stored is rejected and the others go on; see <see cref="RejectReason"/>. Only bytes that are not JSON refuse a body. Which rows and which error
/// come out never depends on how the body was cut.
/// </remarks>
internal sealed class EventParser
{
    private readonly EventParserOptions _options;
    private readonly RowParser _row;
    private readonly LongRowReader _longRow;
    private BodyShape _shape;
    private State _state;
    private long _offset;
    private bool _inLongRow;

    /// <summary>A parser at the beginning of a <see cref="BodyShape.Batch"/> body.</summary>
    /// <exception cref="ArgumentOutOfRangeException">A limit is out of range.</exception>
    public EventParser(EventParserOptions options, FlowKeyHasher hasher)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        _options = options;
        _row = new RowParser(options, hasher);
        _longRow = new LongRowReader(options);
    }

    private enum State
    {
        /// <summary>At the body's first byte.</summary>
        Start,

        /// <summary>A byte order mark was skipped, if there was one.</summary>
        Root,

        /// <summary>After the opening bracket.</summary>
        FirstRow,

        /// <summary>After a comma.</summary>
        NextRow,

        /// <summary>After a row of an array.</summary>
        AfterRow,

        /// <summary>After the body.</summary>
        End,
    }

    /// <summary>Starts over with another body.</summary>
    public void Begin(BodyShape shape)
    {
        _shape = shape;
        _state = State.Start;
        _offset = 0;
        _inLongRow = false;
    }

    /// <summary>
    /// Adds the whole rows of <paramref name="input"/> to <paramref name="batch"/>. A row that is not whole is left: present its
    /// bytes again, with more behind them.
    /// </summary>
    /// <returns>How many bytes are done with; all of them when <paramref name="isFinal"/>.</returns>
    /// <exception cref="MalformedBodyException">
    /// The body is not JSON of this shape, or ends too early; the rows it added are to be dropped (clear the batch).
    /// </exception>
    public int Parse(ReadOnlySpan<byte> input, bool isFinal, EventBatch batch)
    {
        var done = Advance(input, isFinal, batch);
        if (isFinal && !IsWhole(done == input.Length))
        {
            throw new MalformedBodyException(_offset + input.Length, Expected(rowBegun: _inLongRow || done < input.Length), truncated: true);
        }

        _offset += done;
        return done;
    }

    private int Advance(ReadOnlySpan<byte> input, bool isFinal, EventBatch batch)
    {
        var scanner = new JsonScanner(input, _offset, _options);
        var at = 0;
        if (_state == State.Start)
        {
            ReadOnlySpan<byte> mark = [0xEF, 0xBB, 0xBF];
            if (input.Length < mark.Length && mark.StartsWith(input) && !isFinal)
            {
                return 0;
            }

            if (input.StartsWith(mark))
            {
                at = mark.Length;
            }

            _state = State.Root;
        }

        while (true)
        {
            if (!_inLongRow)
            {
                at = scanner.SkipWhiteSpace(at);
                if (at == input.Length)
                {
                    return at;
                }

                if (TakeMark(in scanner, at))
                {
                    at++;
                    continue;
                }
            }

            if (at == input.Length)
            {
                return at;
            }

            var end = ReadRow(input, at, batch);
            if (end == JsonScanner.NeedMore)
            {
                return _inLongRow ? input.Length : at;
            }

            at = end;
            _state = _state == State.Root && _shape == BodyShape.OneEvent ? State.End : State.AfterRow;
        }
    }

    // Whether the byte belongs to the array around the rows; false when a row begins here.
    private bool TakeMark(scoped in JsonScanner scanner, int at)
    {
        var next = scanner.Input[at];
        switch (_state)
        {
            case State.Root when _shape == BodyShape.Batch:
                if (next != '[')
                {
                    scanner.Fail(at, Expected(false));
                }

                _state = State.FirstRow;
                return true;
            case State.Root or State.AfterRow when _shape == BodyShape.Lines:
                return false;
            case State.AfterRow when next == ',':
                _state = State.NextRow;
                return true;
            case State.FirstRow or State.AfterRow when next == ']':
                _state = State.End;
                return true;
            case State.AfterRow or State.End:
            case State.Root when next != '{':
                scanner.Fail(at, Expected(false));
                return false;
            default:
                return false;
        }
    }

    // Looks at no more than a row may have, so that what is buffered of one is bounded; a longer or deeper one is read from its begin as it streams by.
    private int ReadRow(ReadOnlySpan<byte> input, int at, EventBatch batch)
    {
        if (!_inLongRow)
        {
            var visible = Math.Min(input.Length - at, _options.MaxWholeRowBytes);
            var scanner = new JsonScanner(input.Slice(at, visible), _offset + at, _options);
            var end = _row.Read(in scanner, _shape == BodyShape.Batch ? 1 : 0, batch);
            if (end >= 0)
            {
                return at + end;
            }

            if (end == JsonScanner.NeedMore && visible == input.Length - at)
            {
                return end;
            }

            _longRow.Begin();
            _inLongRow = true;
        }

        var rest = _longRow.Read(input[at..], _offset + at);
        if (rest == JsonScanner.NeedMore)
        {
            return rest;
        }

        _inLongRow = false;
        _row.Add(_longRow, batch);
        return at + rest;
    }

    private bool IsWhole(bool isAllRead) =>
        _state == State.End || (_shape == BodyShape.Lines && isAllRead && !_inLongRow && _state is State.Root or State.AfterRow);

    private string Expected(bool rowBegun) => _state switch
    {
        _ when rowBegun => "the rest of the row",
        State.Start or State.Root => _shape == BodyShape.Batch ? "an array of events" : "an event object",
        State.FirstRow => "an event or the array's closing bracket",
        State.NextRow => "an event",
        State.AfterRow => "a comma or the array's closing bracket",
        _ => "nothing after the body",
    };
}
