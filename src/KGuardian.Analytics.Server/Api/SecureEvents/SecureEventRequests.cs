using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Events;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Server.Api.Events;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Server.Api.SecureEvents;

/// <summary>Reads what requests about secure events ask for.</summary>
internal sealed class SecureEventRequests(
    StoreSecrets secrets, ReadBarrier barrier, TopologyOptions topology, TimeProvider clock, EventProducer? producer = null)
{
    /// <summary>What cursors of these routes are signed with.</summary>
    public const string Family = "secureEvents";

    /// <summary>The longest window: two weeks.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromDays(14);

    /// <summary>Window, cursor and limit.</summary>
    public static readonly EventParameters Range = new(Family, most: 999, new EventWindowRules(Longest, TakesOneEnd: false, Longest));

    /// <summary>The window of what counts events.</summary>
    public static readonly EventParameters Counted = new(
        Family, most: 999, new EventWindowRules(Longest, TakesOneEnd: false, Longest), isRequired: true);

    /// <summary>What else is true of the events.</summary>
    public static readonly ApiParameter<string?> Filter = FilterParameter.Of(
        FilterParameter.Name, "What else is true of the events: fields of GET /api/v1/secureEvents/filters, operators, and, or, not, parentheses.",
        "severity in (\"3\") and kubernetes.namespace.name exists");

    /// <summary>Whether those are shown that happened, or those that would have.</summary>
    public static readonly ApiParameter<EventCategory> Simulation = Parameter.Word(
        "simulation", "Events that happened, or those of policies that are not enforced.",
        ("exclude_simulation", EventCategory.Runtime), ("only_simulation", EventCategory.Simulation));

    /// <summary>Rows of a list: 5 or 10.</summary>
    public static readonly ApiParameter<int> Rows = Parameter.Word("rows", "Most rows of each list.", ("5", 5), ("10", 10));

    private readonly Lazy<FilterVocabulary> _vocabulary = new(() => EventVocabulary.Of(topology.ClusterName));

    /// <summary>The fields of filters.</summary>
    public FilterVocabulary Vocabulary => _vocabulary.Value;

    /// <summary>What a list asks for.</summary>
    /// <exception cref="ParameterException">A parameter cannot be taken.</exception>
    public async Task<(EventRequest Request, CursorSigner Signer)> ReadPageAsync(HttpContext context, RequestParameters parameters)
    {
        var signer = await SignerAsync(context.RequestAborted);
        return (Range.Read(parameters, signer, clock.GetUtcNow()), signer);
    }

    /// <summary>What writes and reads cursors of this store.</summary>
    public async ValueTask<CursorSigner> SignerAsync(CancellationToken cancellationToken) => new(await secrets.GetCursorSecretAsync(cancellationToken));

    /// <summary>The window of an aggregate, which must be given.</summary>
    /// <exception cref="ParameterException">It cannot be taken.</exception>
    public EventWindow ReadWindow(RequestParameters parameters) => Counted.ReadWindow(parameters, clock.GetUtcNow());

    /// <summary>The filter.</summary>
    /// <param name="parameters">The request's.</param>
    /// <param name="unknownField">The status of an error about a field that there is not; null for that of the family.</param>
    /// <exception cref="ParameterException">It cannot be read.</exception>
    public FlowFilter ReadFilter(RequestParameters parameters, int? unknownField = null) =>
        FilterParameter.Read(Filter.Name, parameters.Get(Filter), clock.GetUtcNow(), Vocabulary, unknownField);

    /// <summary>The events of a window and a filter.</summary>
    public async Task<FlowSelection> SelectAsync(EventWindow window, FlowFilter filter, CancellationToken cancellationToken) =>
        new(window.Times, filter, await FlowIdAsync(cancellationToken));

    /// <summary>The flows' ids, which some filters ask for.</summary>
    public async ValueTask<FlowIdSql> FlowIdAsync(CancellationToken cancellationToken) => FlowIdSql.Of(await secrets.GetHasherAsync(cancellationToken));

    /// <summary>Waits until what was acknowledged before shows, as events too.</summary>
    public async Task CatchUpAsync(HttpContext context)
    {
        await barrier.WaitAsync(context);
        if (producer is not null)
        {
            await producer.CatchUpAsync(context.RequestAborted);
        }
    }
}
