using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Server.Api.Events;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.Activity;

/// <summary>Binds what the routes of <c>/api/v2/activityAudit</c> have in common.</summary>
internal sealed class ActivityRequests(TopologyOptions options)
{
    /// <summary>What cursors of these routes are signed with.</summary>
    public const string Family = "activityAudit";

    /// <summary>Names that one event is asked for at once.</summary>
    private const int MostMetrics = 50;

    /// <summary>The window, the cursor, how many.</summary>
    public static readonly EventParameters Events = new(Family, 9999, new EventWindowRules(TimeSpan.FromHours(24), TakesOneEnd: true, Longest: null));

    /// <summary>What else is true of events, by who and where.</summary>
    public static readonly ApiParameter<string?> ScopeFilter = FilterParameter.Of(
        "scopeFilter", "What is true of the events' scope; it has all fields that filter has, and both must be true.", "kubernetes.namespace.name exists");

    /// <summary>What else is true of events.</summary>
    public static readonly ApiParameter<string?> Filter = FilterParameter.Of(
        FilterParameter.Name,
        "What else is true of the events: documented fields, those of /api/v1/flows, operators, and, or, not, parentheses. "
        + "What flows do not hold has no value.",
        "l4protocol = 6 and not serverport = 1");

    /// <summary>Types of events; null for all.</summary>
    public static readonly ApiParameter<IReadOnlyList<string>?> Types = new(
        "types", "Types of events, separated by commas. Flows are connections; of the others there are none.",
        new JsonObject
        {
            ["type"] = "array",
            ["items"] = new JsonObject { ["type"] = "string", ["enum"] = new JsonArray([.. ActivityVocabulary.Types.Select(type => (JsonNode)Plural(type))]) },
            ["minItems"] = 1,
            ["maxItems"] = ActivityVocabulary.Types.Count,
            ["uniqueItems"] = true,
        },
        ReadTypes, absent: null)
    {
        Example = new JsonArray("commands", "connections"),
    };

    /// <summary>Names whose values an event is to have.</summary>
    public static readonly ApiParameter<IReadOnlyList<string>?> Metrics = new(
        "metrics", $"A JSON list of at most {MostMetrics} names, whose values the event then has as metrics, in this order.", Parameter.SchemaOf(8192),
        ReadMetrics, absent: null)
    {
        Example = """["host.hostName","kubernetes.pod.name"]""",
        Longest = 8192,
    };

    /// <summary>The type of an event, in the path.</summary>
    public static readonly ApiParameter<string?> Type = new(
        "type", "The event's type.", Parameter.SchemaOf(ApiParameter.LongestText), text => text, absent: null)
    {
        Example = "connections",
        IsPath = true,
    };

    /// <summary>The id of an event, in the path.</summary>
    public static readonly ApiParameter<string?> EventId = new(
        "eventId", "The event's id: 32 hexadecimal digits.", Parameter.SchemaOf(ApiParameter.LongestText), text => text, absent: null)
    {
        Example = "17b40c07fcb73a400123456789abcdef",
        IsPath = true,
    };

    private readonly FilterVocabulary _vocabulary = ActivityVocabulary.Of(options.ClusterName);
    private readonly FlowFilter _nothing = FlowFilter.Not(FlowFilter.Everything);

    /// <summary>The filters of a request; nothing passes where connections are not among its types.</summary>
    /// <exception cref="ParameterException">One of them cannot be read.</exception>
    public FlowFilter FilterOf(RequestParameters parameters, DateTimeOffset now) => FlowFilter.And(
        FilterParameter.Read(Filter.Name, parameters.Get(Filter), now, _vocabulary),
        FilterParameter.Read(ScopeFilter.Name, parameters.Get(ScopeFilter), now, _vocabulary),
        Has(parameters.Get(Types), ActivityVocabulary.Connection) ? FlowFilter.Everything : _nothing);

    /// <summary>The one flow that a path names; null when it can be none.</summary>
    public FlowSelection? OneOf(RequestParameters parameters, DateTimeOffset now)
    {
        var type = parameters.Get(Type)!;
        return type is ActivityVocabulary.Connection or "connections" && FlowEventId.TryParse(parameters.Get(EventId)!, out var id)
            ? new FlowSelection(id.Window, FilterParameter.Read(EventId.Name, $"id = {id}", now, _vocabulary)) : null;
    }

    /// <summary>Whether a type is asked for.</summary>
    public static bool Has(IReadOnlyList<string>? types, string type) => types is null || types.Contains(type);

    private static string Plural(string type) => type switch
    {
        "command" => "commands",
        ActivityVocabulary.Connection => "connections",
        "fileaccess" => "fileaccesses",
        _ => type,
    };

    private static string[] ReadTypes(string text)
    {
        var allowed = $"different words of {string.Join(", ", ActivityVocabulary.Types.Select(Plural))}, separated by commas";
        var found = text.Split(',').Select(word => word.Trim(' ')).Select(
            word => ActivityVocabulary.Types.FirstOrDefault(type => word == type || word == Plural(type))
                ?? throw new ParameterException(Types!.Name, text, $"has the unknown word '{word}'", allowed)).ToArray();
        return found.Distinct().Count() == found.Length ? found : throw new ParameterException(Types!.Name, text, "names a type twice", allowed);
    }

    private static string[] ReadMetrics(string text)
    {
        const string Allowed = """a JSON list of texts, such as ["host.hostName"], of 50 at most""";
        try
        {
            return JsonSerializer.Deserialize<string[]>(text) is { Length: <= MostMetrics } names && names.All(name => name is not null) ? names
                : throw new ParameterException(Metrics!.Name, text, "is no list of so many texts", Allowed);
        }
        catch (JsonException)
        {
            throw new ParameterException(Metrics!.Name, text, "is no list of texts in JSON", Allowed);
        }
    }
}
