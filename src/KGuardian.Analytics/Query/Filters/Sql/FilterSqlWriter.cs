using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Filters.Sql;

/// <summary>What the parts of a filter need to become SQL: columns, the flow's id, and names for values.</summary>
internal sealed class FilterSqlWriter(FlowIdSql? flowId, string table)
{
    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly List<KeyValuePair<string, string>> _parameters = [];
    private string? _activityCounts;

    /// <summary>The bound values so far.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> Parameters => _parameters;

    /// <summary>Whether the flow's id was asked for, so that its parameters must be bound too.</summary>
    public bool UsesFlowId { get; private set; }

    /// <summary>Skip indexes that know parts of the filter.</summary>
    public HashSet<string> SkipIndexes { get; } = [];

    /// <summary>The id by which traffic_activity knows a row's flow.</summary>
    public string FlowId
    {
        get
        {
            UsesFlowId = true;
            return flowId?.Expression
                ?? throw new InvalidOperationException("a filter on last_seen or observations needs the flow id's SQL");
        }
    }

    /// <summary>Which rows of <c>traffic_activity AS a</c> count.</summary>
    public string ActivityCounts => _activityCounts ??=
        FlowIdSql.Counts(Bind(SqlDate.Of(flowId?.Oldest ?? default).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), "Date"));

    /// <summary>What conditions on names are gathered from, in the order in which they were asked for.</summary>
    public List<NameSql> Names { get; } = [];

    /// <summary>The condition on a name, whose constants the query must define.</summary>
    public string Gather(Func<string, NameSql> make)
    {
        var name = make(string.Create(CultureInfo.InvariantCulture, $"filter_names_{Names.Count}"));
        Names.Add(name);
        return name.Expression;
    }

    /// <summary>The column of the table, even where the query has an alias of that name.</summary>
    public string Column(string name) => name.Length == 0 ? name : $"{table}.{name}";

    /// <summary>A placeholder for the value.</summary>
    public string Bind(string value, string type = "String")
    {
        var name = $"filter_{_parameters.Count}";
        _parameters.Add(new(name, value));
        return $"{{{name}:{type}}}";
    }

    /// <summary>
    /// An array of the values, fit for the right side of IN. One parameter, as ClickHouse takes 1,000 fields in a request; JSON, as the
    /// text of an array parameter is escaped by other rules than the client's.
    /// </summary>
    public string BindList(IEnumerable<string> values, string type = "String") =>
        $"JSONExtract({Bind(JsonSerializer.Serialize(values, Relaxed))}, 'Array({type})')";
}
