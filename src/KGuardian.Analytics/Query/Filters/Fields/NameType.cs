using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>A name of one of a flow's ends, as of its time. Compared as texts are; where it is not known there is no value.</summary>
/// <param name="key">What it is looked up by.</param>
/// <param name="value">It, of <c>name_history AS h</c>, null for none; may bind values.</param>
internal sealed class NameType(NameKey key, Func<FilterSqlWriter, string> value) : FieldType
{
    private static readonly TextType Text = new();

    public override IReadOnlyList<FilterOperator> Operators => Text.Operators;

    // What it gathers takes as long as many comparisons of columns do.
    public override int Cost(IReadOnlyList<string> values) => 10;

    public override string Expected(FilterOperator op) => Text.Expected(op);

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now) => Text.Canonical(op, value, now);

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values) =>
        sql.Gather(alias => NameSql.Holds(alias, key, Text.Sql(sql, value(sql), op, values), sql.Column));
}
