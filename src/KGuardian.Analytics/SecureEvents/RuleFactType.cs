using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>A text that an event has of its rule, such as the rule's name. Rules are few: those that it is true of are found here, not row by row.</summary>
/// <param name="fact">The text of a rule; null for none.</param>
internal sealed class RuleFactType(Func<EventRule, string?> fact) : FieldType
{
    private static readonly TextType Text = new();

    public override IReadOnlyList<FilterOperator> Operators => FilterOperators.Text;

    public override string Expected(FilterOperator op) => Text.Expected(op);

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => Text.Canonical(op, value, now);

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        var rules = EventRule.All.Where(rule => fact(rule) is { } text && Holds(text, op, values)).Select(rule => rule.Name).ToArray();
        return rules.Length == EventRule.All.Count ? "1" : rules.Length == 0 ? "0" : $"{sql.Column("rule")} IN ({sql.BindList(rules)})";
    }

    private static bool Holds(string text, FilterOperator op, IReadOnlyList<string> values) => op switch
    {
        FilterOperator.Exists => true,
        FilterOperator.Contains => text.Contains(values[0], StringComparison.Ordinal),
        FilterOperator.StartsWith => text.StartsWith(values[0], StringComparison.Ordinal),
        _ => values.Contains(text),
    };
}
