using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Cursors;

/// <summary>A row's place in <see cref="FlowOrder"/>.</summary>
/// <param name="Micros">When it was first seen, in microseconds since 1970.</param>
/// <param name="Flow">What tells it from other flows of that time.</param>
/// <param name="IsInTie">Whether the next row has the same time; if not, the time alone says what is behind.</param>
internal readonly record struct FlowKeyset(long Micros, FlowIdentity Flow, bool IsInTie = true)
{
    private static readonly string Time = "fromUnixTimestamp64Micro({after_time:Int64}, 'UTC')";

    /// <summary>
    /// The position of a row of <c>traffic AS t</c>, as <see cref="Parse"/> reads it: numbers, texts in hex and <c>-</c> for null, dots between.
    /// </summary>
    internal static string Sql { get; } =
        $"concat(toString(toUnixTimestamp64Micro(t.time_stamp)), {string.Join(", ", FlowTable.Key.Select(column => $"'.', {KeySql(column)}"))})";

    internal static FlowKeyset Parse(string text)
    {
        var parts = text.Split('.');
        return new FlowKeyset(
            long.Parse(parts[0], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture),
            new FlowIdentity(Text(1), Number(2), Text(3), Text(4), Number(5), Text(6), Text(7)));

        string? Text(int i) => parts[i] == "-" ? null : parts[i];
        int Number(int i) => int.Parse(parts[i], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
    }

    /// <summary>This place, with the row behind it known.</summary>
    internal FlowKeyset Before(FlowKeyset next) => this with { IsInTie = next.Micros == Micros };

    /// <summary>
    /// The condition of the rows behind. The bound on time alone is what the index takes, and what keeps the seven columns of rows of other times from being
    /// compared. Tuples with a null in them compare to null: whether there is a text is compared first, then the text.
    /// </summary>
    internal string BehindSql(bool newestFirst)
    {
        var sign = newestFirst ? '<' : '>';
        if (!IsInTie)
        {
            return $"t.time_stamp {sign} {Time}";
        }

        var values = Flow.Values;
        var row = string.Join(", ", FlowTable.Key.Select(column =>
            column.Type.IsText ? $"isNotNull(t.{column.Name}), ifNull(t.{column.Name}, '')" : $"t.{column.Name}"));
        var last = string.Join(", ", FlowTable.Key.Select((column, i) =>
            column.Type.IsText ? $"{(values[i] is null ? 0 : 1)}, unhex({{after_{column.Name}:String}})" : $"{{after_{column.Name}:Int32}}"));
        return $"t.time_stamp {sign}= {Time} AND (t.time_stamp {sign} {Time} OR ({row}) {sign} ({last}))";
    }

    internal ClickHouseQuery Bind(ClickHouseQuery query) =>
        !IsInTie ? query.With("after_time", Micros)
        : FlowTable.Key.Zip(Flow.Values).Aggregate(
            query.With("after_time", Micros), (bound, column) => bound.With($"after_{column.First.Name}", column.Second ?? ""));

    private static string KeySql(FlowColumn column) => column.Type.IsText ? $"ifNull(hex(t.{column}), '-')" : $"toString(t.{column})";
}
