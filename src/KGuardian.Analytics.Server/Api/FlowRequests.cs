using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
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
    private const string DefaultFrom = "-24h";
    private const string DefaultTo = "now";

    /// <summary>The flows that <c>from</c>, <c>to</c> and <c>filter</c> name.</summary>
    /// <exception cref="ParameterException">One of them is not right.</exception>
    /// <exception cref="ClickHouseException">The store's secret could not be read.</exception>
    public async ValueTask<FlowSelection> SelectAsync(QueryParameters parameters, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var window = new TimeWindow(Time(parameters, "from", DefaultFrom, now), Time(parameters, "to", DefaultTo, now));
        if (window.From >= window.To)
        {
            throw new ParameterException(
                "from", parameters.Text("from") ?? DefaultFrom, $"is not before to, which is {FilterTime.ToText(window.To)}", "a time before to");
        }

        var filter = Filter(parameters.Text("filter"), now);
        return new FlowSelection(window, filter, await FlowIdAsync(cancellationToken));
    }

    /// <summary>The same, as of now, once what was acknowledged before can be read.</summary>
    /// <exception cref="ParameterException">One of them is not right.</exception>
    /// <exception cref="ClickHouseException">The store's secret could not be read.</exception>
    public async ValueTask<FlowSelection> SelectNowAsync(HttpContext context, QueryParameters parameters)
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

    /// <summary>What writes and reads cursors of this store.</summary>
    /// <exception cref="ClickHouseException">The store's secret could not be read.</exception>
    public async ValueTask<CursorSigner> SignerAsync(CancellationToken cancellationToken) =>
        new(await secrets.GetCursorSecretAsync(cancellationToken));

    private static DateTimeOffset Time(QueryParameters parameters, string name, string fallback, DateTimeOffset now)
    {
        var text = parameters.Text(name) ?? fallback;
        return FilterTime.TryParse(text, now, out var time) ? time.From : throw new ParameterException(name, text, "is not a time", FilterTime.Expected);
    }

    /// <summary>Reads a filter; relative times count from <paramref name="now"/>.</summary>
    /// <exception cref="ParameterException">It is none.</exception>
    public static FlowFilter Filter(string? text, DateTimeOffset now)
    {
        if (text is null)
            return FlowFilter.Everything;
        try
        {
            return FlowFilter.Parse(text, new FixedClock(now));
        }
        catch (FilterException e)
        {
            throw new ParameterException("filter", text, $"cannot be read: {e.Message}", e.Expected)
            {
                Details = { ["position"] = e.Position, ["suggestion"] = e.Suggestion, ["excerpt"] = e.Excerpt },
            };
        }
    }

    private async ValueTask<FlowIdSql> FlowIdAsync(CancellationToken cancellationToken) => FlowIdSql.Of(await secrets.GetHasherAsync(cancellationToken));

    /// <summary>The moment that all of a request's relative times count from.</summary>
    private sealed class FixedClock(DateTimeOffset now) : TimeProvider
    {
        public override DateTimeOffset GetUtcNow() => now;
    }
}
