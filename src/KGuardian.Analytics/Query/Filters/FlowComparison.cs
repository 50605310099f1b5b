using System.Text;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters;

/// <summary>A field, an operator and its values.</summary>
internal sealed class FlowComparison : FlowFilter
{
    private FlowComparison(FlowField field, FilterOperator op, IReadOnlyList<string> values)
        : base(1, field.Type.Cost(values), values.Sum(Length)) =>
        (Field, Operator, Values) = (field, op, values);

    /// <summary>What is compared.</summary>
    public FlowField Field { get; }

    /// <summary>How.</summary>
    public FilterOperator Operator { get; }

    /// <summary>With what, in the one spelling of the field's type.</summary>
    public IReadOnlyList<string> Values { get; }

    internal static FlowFilter Create(FlowField field, FilterOperator op, IReadOnlyList<string> values, DateTimeOffset now)
    {
        CheckOperator(field, op);
        if (op == FilterOperator.Exists ? values.Count != 0 : op.TakesList() ? values.Count == 0 : values.Count != 1)
        {
            throw new FilterException(
                $"{op.Symbol()} has {values.Count} values",
                op == FilterOperator.Exists ? "no value" : op.TakesList() ? "at least one value" : "one value");
        }


        if (values.Count > FilterLimits.ListLength)
        {
            throw new FilterException($"the list has more than {FilterLimits.ListLength} values", $"at most {FilterLimits.ListLength} values");
        }

        var canonical = values.Select(value => Canonical(field, op, value, now)).ToArray();
        // Searching has one operator; the others are the contracts' spelling of it.
        if (field.IsSearch && op is not (FilterOperator.Contains or FilterOperator.Exists))
        {
            var search = Or(canonical.Select(text => new FlowComparison(field, FilterOperator.Contains, [text])));
            return op == op.Positive() ? search : Not(search);
        }

        return new FlowComparison(field, op, canonical);
    }

    /// <exception cref="FilterException">The field does not have the operator.</exception>
    internal static void CheckOperator(FlowField field, FilterOperator op)
    {
        if (!field.Operators.Contains(op))
        {
            throw new FilterException(
                $"{field.Name} cannot be compared with {op.Symbol()}, only with {FilterOperators.List(field.Operators)}",
                FilterOperators.List(field.Operators));
        }
    }

    /// <exception cref="FilterException">The value is not one of the field's.</exception>
    internal static string Canonical(FlowField field, FilterOperator op, string value, DateTimeOffset now)
    {
        if (value.Length > FilterLimits.ValueLength)
        {
            throw new FilterException(
                $"a value has more than {FilterLimits.ValueLength} characters", $"at most {FilterLimits.ValueLength} characters");
        }
        // Half a surrogate pair has no UTF-8 and would be replaced on its way.
        if (!IsWellFormed(value))
        {
            throw new FilterException("a value is not well-formed Unicode", "well-formed Unicode text");
        }

        return field.Type.Canonical(op, value, now)
            ?? throw new FilterException(
                $"{Words.Quote(value)} is not what {field.Name} {op.Symbol()} takes: {field.Type.Expected(op)}", field.Type.Expected(op));
    }

    internal override string Sql(FilterSqlWriter sql, bool negated)
    {
        var positive = Operator.Positive();
        if (Field.SkipIndex is { } index && positive is FilterOperator.Equal or FilterOperator.In)
        {
            sql.SkipIndexes.Add(index);
        }

        var condition = Field.Type.Sql(sql, sql.Column(Field.Column), positive, Values);
        // Plain where it must be true, so that indexes see it; where it must not, NULL is made the false that it stands for.
        return negated == (positive == Operator) ? $"NOT ifNull({condition}, 0)" : condition;
    }

    internal override void Print(StringBuilder text)
    {
        text.Append(Field.Name).Append(' ').Append(Operator.Symbol());
        if (Operator == FilterOperator.Exists)
        {
            return;
        }

        text.Append(Operator.TakesList() ? " (" : " ")
            .AppendJoin(", ", Values.Select(value => FilterLexer.Spell(value, Field.NullIsAbsent)))
            .Append(Operator.TakesList() ? ")" : "");
    }

    // What a value takes of a request, in units of three bytes: percent-encoded, after JSON's and the client's own escapes, with its quotes.
    private static int Length(string value) => 3 + value.Sum(c => char.IsAscii(c) && !char.IsControl(c) && c is not ('\\' or '"') ? 1 : 4);

    private static bool IsWellFormed(string value)
    {
        for (var i = 0; i < value.Length; i++)
        {
            if (char.IsSurrogatePair(value, i))
            {
                i++;
            }
            else if (char.IsSurrogate(value[i]))
            {
                return false;
            }
        }

        return true;
    }
}
