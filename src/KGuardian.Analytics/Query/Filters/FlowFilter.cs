using System.Text;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters;

/// <summary>
/// A condition on flows: comparisons joined by and, or, not. It exists only when it is valid, is immutable, and its text
/// (<see cref="ToString"/>) reads back as an equal filter.
/// </summary>
/// <remarks>
/// Every filter is true or false of every flow. A field without a value equals nothing, is in no list, contains nothing and is neither less
/// nor greater; <c>!=</c>, <c>not in</c> and <c>not</c> are exact complements, so <c>pod != "x"</c> includes flows without a pod.
/// </remarks>
internal abstract class FlowFilter : IEquatable<FlowFilter>
{
    private string? _text;

    private protected FlowFilter(int depth, int terms, int valuesLength)
    {
        if (depth > FilterLimits.Depth)
        {
            throw TooLarge($"and, or, not are nested deeper than {FilterLimits.Depth} levels", $"at most {FilterLimits.Depth} levels of nesting");
        }

        if (terms > FilterLimits.Terms)
        {
            throw TooLarge(
                $"there are more than {FilterLimits.Terms} comparisons",
                $"at most {FilterLimits.Terms} comparisons (addresses and prefixes count 4, search 2, last_seen and observations 50)");
        }

        if (valuesLength > FilterLimits.AllValuesLength)
        {
            throw TooLarge(
                $"the values have more than {FilterLimits.AllValuesLength} characters together",
                $"at most {FilterLimits.AllValuesLength} characters of values");
        }

        (Depth, Terms, ValuesLength) = (depth, terms, valuesLength);
    }

    /// <summary>The filter that every flow passes.</summary>
    public static FlowFilter Everything { get; } = new FlowGroup(isAnd: true, []);

    internal int Depth { get; }

    internal int Terms { get; }

    internal int ValuesLength { get; }

    /// <summary>Reads the expression language; relative times count from the system's clock.</summary>
    /// <exception cref="FilterException">It is not a filter; the exception knows the character.</exception>
    public static FlowFilter Parse(string text) => Parse(text, TimeProvider.System.GetUtcNow());

    /// <summary>Reads the expression language.</summary>
    /// <param name="text">Such as <c>pod = "api" and (peer_port in (80, 443) or not protocol = tcp)</c>.</param>
    /// <param name="now">What relative times count from.</param>
    /// <exception cref="FilterException">It is not a filter; the exception knows the character.</exception>
    public static FlowFilter Parse(string text, DateTimeOffset now) => Parse(text, now, FilterVocabulary.Flows);

    /// <summary>Reads the expression language with the fields of a vocabulary.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="now">What relative times count from.</param>
    /// <param name="vocabulary">The fields.</param>
    /// <exception cref="FilterException">It is not a filter; the exception knows the character.</exception>
    public static FlowFilter Parse(string text, DateTimeOffset now, FilterVocabulary vocabulary) => new FilterParser(text, now, vocabulary).Parse();

    /// <summary>One comparison; relative times count from the system's clock.</summary>
    /// <exception cref="FilterException">The field does not have the operator, or a value is not of its type.</exception>
    public static FlowFilter Where(FlowField field, FilterOperator op, params IReadOnlyList<string> values) =>
        FlowComparison.Create(field, op, values, TimeProvider.System.GetUtcNow());

    /// <summary>One comparison.</summary>
    /// <param name="now">What relative times count from.</param>
    /// <param name="field">The field.</param>
    /// <param name="op">The operator.</param>
    /// <param name="values">One value, or those of a list; none for <see cref="FilterOperator.Exists"/>.</param>
    /// <exception cref="FilterException">The field does not have the operator, or a value is not of its type.</exception>
    public static FlowFilter Where(DateTimeOffset now, FlowField field, FilterOperator op, params IReadOnlyList<string> values) =>
        FlowComparison.Create(field, op, values, now);

    /// <summary>All of them; <see cref="Everything"/> when there are none.</summary>
    public static FlowFilter And(params IEnumerable<FlowFilter> filters) => FlowGroup.Join(isAnd: true, filters);

    /// <summary>At least one of them.</summary>
    /// <exception cref="FilterException">There are none.</exception>
    public static FlowFilter Or(params IEnumerable<FlowFilter> filters) => FlowGroup.Join(isAnd: false, filters);

    /// <summary>The exact complement.</summary>
    public static FlowFilter Not(FlowFilter filter) => filter is FlowNot not ? not.Filter : new FlowNot(filter);

    /// <inheritdoc/>
    public bool Equals(FlowFilter? other) => other is not null && ToString() == other.ToString();

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as FlowFilter);

    /// <inheritdoc/>
    public override int GetHashCode() => ToString().GetHashCode(StringComparison.Ordinal);

    /// <summary>The filter's one spelling in the expression language, with absolute times.</summary>
    public override string ToString()
    {
        if (_text is not null)
        {
            return _text;
        }

        var text = new StringBuilder();
        Print(text);
        return _text = text.ToString();
    }

    /// <summary>The condition in SQL, or that of its complement; NULL counts as false.</summary>
    internal abstract string Sql(FilterSqlWriter sql, bool negated);

    internal abstract void Print(StringBuilder text);

    private static FilterException TooLarge(string problem, string expected) => new(problem, expected);
}
