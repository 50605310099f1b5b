using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;

namespace KGuardian.Analytics.Query.Filters;

/// <summary>
/// Reads the expression language by recursive descent, with a bound on its depth:
/// <code>
/// or         = and { "or" and }
/// and        = unary { "and" unary }
/// unary      = "not" unary | "(" or ")" | "*" | comparison
/// comparison = field ( ( "=" | "!=" | "&lt;" | "&lt;=" | ">" | ">=" | "contains" | "startsWith" | "starts with" ) value
///                    | [ "not" ] "in" ( value | "(" value { "," value } ")" )
///                    | [ "not" ] "exists"
///                    | ( "=" | "!=" ) "null" )   where the vocabulary says that a bare null is no text
/// value      = a word without white space, quotes, backslashes or any of (),=!&lt;>*, or a text in ' or " with backslash escapes
/// </code>
/// Keywords and field names may have any case; a value that is spelled like a keyword must be quoted, unless it is a word of its field's own (direction = in).
/// </summary>
internal sealed class FilterParser
{
    private readonly string _text;
    private readonly DateTimeOffset _now;
    private readonly FilterLexer _lexer;
    private readonly FilterVocabulary _vocabulary;
    private FilterToken _token;
    private int _depth;

    public FilterParser(string text, DateTimeOffset now, FilterVocabulary vocabulary)
    {
        if (text.Length > FilterLimits.TextLength)
        {
            throw new FilterException(
                $"the expression has more than {FilterLimits.TextLength} characters", $"at most {FilterLimits.TextLength} characters");
        }

        (_text, _now, _lexer, _vocabulary) = (text, now, new FilterLexer(text), vocabulary);
        _token = _lexer.Next();
    }

    /// <summary>The filter.</summary>
    /// <exception cref="FilterException">The text is none.</exception>
    public FlowFilter Parse()
    {
        var filter = Or();
        return _token.Kind == FilterTokenKind.End ? filter : throw Unexpected(AfterComparison());
    }

    private FlowFilter Or() => Joined("or", And, FlowFilter.Or);

    private FlowFilter And() => Joined("and", Unary, FlowFilter.And);

    private FlowFilter Joined(string keyword, Func<FlowFilter> operand, Func<IEnumerable<FlowFilter>, FlowFilter> join)
    {
        var start = _token.Position;
        var first = operand();
        if (!_token.Is(keyword))
        {
            return first;
        }

        var operands = new List<FlowFilter> { first };
        while (_token.Is(keyword))
        {
            Advance();
            operands.Add(operand());
        }

        return Placed(start, () => join(operands));
    }

    private FlowFilter Unary()
    {
        var start = _token;
        if (start.IsSymbol("*"))
        {
            Advance();
            return FlowFilter.Everything;
        }

        var isNot = start.Is("not");
        if (!isNot && !start.IsSymbol("("))
        {
            return Comparison();
        }

        if (++_depth >= FilterLimits.Depth)
        {
            throw new FilterException(
                $"the expression is nested deeper than {FilterLimits.Depth} levels", $"at most {FilterLimits.Depth} levels of nesting",
                null, start.Position, _text);
        }


        Advance();
        var inner = isNot ? Unary() : Or();
        if (!isNot)
        {
            Close(AfterComparison());
        }

        _depth--;
        return isNot ? Placed(start.Position, () => FlowFilter.Not(inner)) : inner;
    }

    private FlowFilter Comparison()
    {
        var name = _token;
        if (name.Kind != FilterTokenKind.Word || FilterLexer.Keywords.Contains(name.Text, StringComparer.OrdinalIgnoreCase))
        {
            throw Unexpected("a field, 'not' or '('");
        }

        var field = Placed(name.Position, () => _vocabulary.Find(name.Text));
        Advance();

        var at = _token.Position;
        var (op, isAbsent) = Operator(field);
        if (field.NullIsAbsent && op.Positive() == FilterOperator.Equal && _token.Is("null"))
        {
            Advance();
            (op, isAbsent) = (FilterOperator.Exists, op == FilterOperator.Equal);
        }

        Placed(at, () => FlowComparison.CheckOperator(field, op));
        if (op == FilterOperator.Exists)
        {
            var exists = Placed(at, () => FlowComparison.Create(field, op, [], _now));
            return isAbsent ? Placed(at, () => FlowFilter.Not(exists)) : exists;
        }

        if (!op.TakesList() || !_token.IsSymbol("("))
        {
            var value = Value(field, op);
            return Placed(at, () => FlowComparison.Create(field, op, [value], _now));
        }

        return Placed(at, () => FlowComparison.Create(field, op, List(field, op), _now));
    }

    /// <summary>The operator, and whether it is the complement of exists.</summary>
    private (FilterOperator Operator, bool IsAbsent) Operator(FlowField field)
    {
        var first = _token;
        foreach (var op in Enum.GetValues<FilterOperator>())
        {
            if (first.Kind == FilterTokenKind.Symbol ? first.Text == op.Symbol() : first.Is(op.Symbol()))
            {
                Advance();
                return (op, false);
            }
        }

        var (second, either) = first.Is("not") ? ("in", FilterOperator.NotIn)
            : first.Is("starts") ? ("with", FilterOperator.StartsWith)
            : ("", default);
        if (second.Length == 0)
        {
            var suggestion = first.Kind == FilterTokenKind.Word ? NearestName.Of(first.Text, FilterLexer.Keywords.Skip(3)) : null;
            throw Unexpected($"an operator after {field.Name}: {FilterOperators.List(field.Operators)}", suggestion);
        }

        Advance();
        if (either == FilterOperator.NotIn && _token.Is("exists"))
        {
            Advance();
            return (FilterOperator.Exists, true);
        }

        if (!_token.Is(second))
        {
            throw Unexpected($"'{second}' after '{first.Text}'{(either == FilterOperator.NotIn ? ", or 'exists'" : "")}");
        }

        Advance();
        return (either, false);
    }

    private List<string> List(FlowField field, FilterOperator op)
    {
        var values = new List<string>();
        do
        {
            if (values.Count == FilterLimits.ListLength)
            {
                throw new FilterException(
                    $"the list has more than {FilterLimits.ListLength} values", $"at most {FilterLimits.ListLength} values", null, _token.Position, _text);
            }


            Advance();
            values.Add(Value(field, op));
        }
        while (_token.IsSymbol(","));
        Close("',' or ')'");
        return values;
    }

    // The canonical spelling reads as itself, so a value may be checked here, where its position is known, and again where the filter is made.
    private string Value(FlowField field, FilterOperator op)
    {
        var token = _token;
        var isValue = token.Kind == FilterTokenKind.Quoted
            || (token.Kind == FilterTokenKind.Word
                && (!FilterLexer.Keywords.Contains(token.Text, StringComparer.OrdinalIgnoreCase) || field.Type.HasWord(token.Text)));
        if (!isValue)
        {
            var quoted = token.Kind == FilterTokenKind.Word ? $"\"{token.Text}\" in quotes" : null;
            throw Unexpected($"{field.Type.Expected(op)} after {field.Name} {op.Symbol()}", quoted);
        }

        if (_vocabulary.NullIsAbsent && token.Kind == FilterTokenKind.Word && FilterLexer.HasTypographicQuote(token.Text))
        {
            throw new FilterException("typographic quotes are no quotes", "a value in straight quotes", "\"", token.Position, _text);
        }

        var value = Placed(token.Position, () => FlowComparison.Canonical(field, op, token.Text, _now));
        Advance();
        return value;
    }

    private void Close(string expected)
    {
        if (!_token.IsSymbol(")"))
        {
            throw Unexpected(expected);
        }

        Advance();
    }

    private string AfterComparison() => _depth > 0 ? "'and', 'or' or ')'" : "'and', 'or' or the end";

    private void Advance() => _token = _lexer.Next();

    private FilterException Unexpected(string expected, string? suggestion = null) =>
        new(
            $"expected {expected}, but found {_token}", expected,
            suggestion ?? (_token.Kind == FilterTokenKind.Word && FilterLexer.HasTypographicQuote(_token.Text) ? "\"" : null), _token.Position, _text);

    private void Placed(int position, Action make) => Placed(position, () => { make(); return true; });

    /// <summary>Makes a part of the filter; a mistake in it was made at <paramref name="position"/>.</summary>
    private T Placed<T>(int position, Func<T> make)
    {
        try
        {
            return make();
        }
        catch (FilterException e) when (e.Position is null)
        {
            throw e.At(position, _text);
        }
    }
}
