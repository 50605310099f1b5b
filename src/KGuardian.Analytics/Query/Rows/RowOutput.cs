using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Rows.Rendering;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Rows;

/// <summary>
/// How a stream of flows is asked for and written. JSON and CSV are rendered here, of the columns as they are stored: a tenth of the bytes, none of
/// the expressions, and what repeats is rendered once. Arrow and Parquet are ClickHouse's own.
/// </summary>
/// <param name="Format">The format.</param>
/// <param name="Columns">The columns of rows.</param>
internal sealed record RowOutput(RowFormat Format, IReadOnlyList<FlowColumn> Columns)
{
    /// <summary>What is behind times in JSON and CSV, which are in UTC.</summary>
    public string Zone { get; init; } = "Z";

    /// <summary>The select list, of <c>traffic AS t</c>.</summary>
    public string Select => IsRendered
        ? string.Join(", ", Columns.Select(column => column.Expression is { } sql ? $"{sql} AS {column}" : $"t.{column}"))
        : RowSelect.Columns(Columns, Format);

    private bool IsRendered => Format is not (RowFormat.Arrow or RowFormat.Parquet);

    /// <summary>The query in the format in which ClickHouse is to answer.</summary>
    public ClickHouseQuery Ask(ClickHouseQuery query) => IsRendered ? query with { Sql = $"{query.Sql}\nFORMAT Native" } : query.InFormat(Format);

    /// <summary>The answer in the format that was asked for.</summary>
    public async Task<ClickHouseResult> ReadAsync(Task<ClickHouseResult> asking)
    {
        var answer = await asking;
        return IsRendered ? answer.Through(native => new RowTextStream(native, answer.QueryId, Text(), Columns, Zone)) : answer;
    }

    private RowText Text()
    {
        var names = Columns.Select(column => column.Name).ToArray();
        return Format switch
        {
            RowFormat.JsonArray => RowText.JsonArray(names),
            RowFormat.JsonLines => RowText.JsonLines(names),
            _ => RowText.Csv(names),
        };
    }
}
