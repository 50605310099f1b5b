using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Server.Api;

/// <summary>Binds what the native routes have in common: the window, the filter, the secrets behind them.</summary>
internal sealed class FlowRequests(StoreSecrets secrets, ReadBarrier barrier, TimeProvider clock)
{
    /// <summary>Where the window begins.</summary>
    public static readonly MomentParameter<TimeWindow> From = Parameter.Time(
        "from",
        "Begin of the window of first-seen time: a date or time such as 2026-05-12T10:00:00Z, or one that counts from now such as -24h or now-24h.",
        "2026-05-12", "-24h");

    /// <summary>Where it ends.</summary>
    public static readonly MomentParameter<TimeWindow> To = Parameter.Time("to", "End of the window, not part of it.", "2026-05-13", "now");

    /// <summary>Which flows of it.</summary>
    public static readonly MomentParameter<FlowFilter> Filter = new(
        FilterParameter.Name,
        "What else is true of the flows: fields, operators, and, or, not, parentheses. "
        + "A time stands for all of the day, minute, second or fraction that it is written to.",
        Parameter.SchemaOf(FilterLimits.TextLength), (text, now) => FilterParameter.Read(FilterParameter.Name, text, now, FilterVocabulary.Flows),
        absent: FlowFilter.Everything)
    {
        Example = "decision = ALLOW and not peer_ip in 192.168.0.0/16",
        // The language counts for itself, and says where the filter is too long.
        Longest = int.MaxValue,
    };

    /// <summary>The window that <see cref="From"/> and <see cref="To"/> name.</summary>
    /// <exception cref="ParameterException">One of them is not right.</exception>
    public static TimeWindow WindowOf(RequestParameters parameters, DateTimeOffset now)
    {
        // A time stands for all of the day that it names: the window goes from the begin of one to the begin of the other.
        var window = new TimeWindow(parameters.Get(From, now).From, parameters.Get(To, now).From);
        return window.From < window.To
            ? window
            : throw new ParameterException(
                From.Name, parameters.TextOf(From), $"is not before to, which is {FilterTime.ToText(window.To)}", "a time before to");
    }

    /// <summary>The flows that <see cref="From"/>, <see cref="To"/> and <see cref="Filter"/> name.</summary>
    /// <exception cref="ParameterException">One of them is not right.</exception>
    /// <exception cref="ClickHouseException">The store's secret could not be read.</exception>
    public async ValueTask<FlowSelection> SelectAsync(RequestParameters parameters, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var window = WindowOf(parameters, now);
        var filter = parameters.Get(Filter, now);
        return new FlowSelection(window, filter, await FlowIdAsync(cancellationToken));
    }

    /// <summary>The same, as of now, once what was acknowledged before can be read.</summary>
    /// <exception cref="ParameterException">One of them is not right.</exception>
    /// <exception cref="ClickHouseException">The store's secret could not be read.</exception>
    public async ValueTask<FlowSelection> SelectNowAsync(HttpContext context, RequestParameters parameters)
    {
        var selection = await SelectAsync(parameters, clock.GetUtcNow(), context.RequestAborted);
        await barrier.WaitAsync(context);
        return selection;
    }

    /// <summary>The flows that a family's own parameters name, as of now, once what was acknowledged before can be read.</summary>
    /// <param name="context">The request.</param>
    /// <param name="select">Reads the parameters; gets what relative times count from.</param>
    /// <exception cref="ParameterException">One of them is not right.</exception>
    /// <exception cref="ClickHouseException">The store's secret could not be read.</exception>
    public async ValueTask<FlowSelection> SelectNowAsync(HttpContext context, Func<DateTimeOffset, FlowSelection> select)
    {
        var selection = select(clock.GetUtcNow());
        var flowId = await FlowIdAsync(context.RequestAborted);
        await barrier.WaitAsync(context);
        return selection with { FlowId = flowId };
    }

    /// <summary>The same flows, with their id.</summary>
    /// <exception cref="ClickHouseException">The store's secret could not be read.</exception>
    public async ValueTask<FlowSelection> SelectAsync(FlowSelection selection, CancellationToken cancellationToken) =>
        selection with { FlowId = await FlowIdAsync(cancellationToken) };

    /// <summary>What writes and reads cursors of this store.</summary>
    /// <exception cref="ClickHouseException">The store's secret could not be read.</exception>
    public async ValueTask<CursorSigner> SignerAsync(CancellationToken cancellationToken) =>
        new(await secrets.GetCursorSecretAsync(cancellationToken));

    private async ValueTask<FlowIdSql> FlowIdAsync(CancellationToken cancellationToken) => FlowIdSql.Of(await secrets.GetHasherAsync(cancellationToken));
}
