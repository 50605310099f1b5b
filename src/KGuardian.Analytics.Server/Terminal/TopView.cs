namespace KGuardian.Analytics.Server.Terminal;

/// <summary>What <c>top</c> looks at.</summary>
/// <param name="By">What is counted by, with commas between.</param>
/// <param name="Metric">What is counted.</param>
/// <param name="From">Begin of the window.</param>
/// <param name="To">Its end; null for now.</param>
/// <param name="Filter">Which flows; null for all.</param>
internal sealed record TopView(string By, string Metric, string From, string? To, string? Filter)
{
    private static readonly string[] Bys = ["namespace,pod", "namespace,decision", "workload,peer_workload", "pod,peer_ip", "peer_ip,peer_port", "namespace"];
    private static readonly string[] Windows = ["-5m", "-1h", "-24h", "-7d"];

    /// <summary>Whether only what was dropped shows.</summary>
    public bool IsOfDrops { get; init; }

    /// <summary>Which column rows are sorted by, from the left; null for what is counted.</summary>
    public int? SortedBy { get; init; }

    /// <summary>What a column is called that sorts.</summary>
    public string SortName => SortedBy is { } column ? By.Split(',')[column] : Metric;

    /// <summary>The filter with what <see cref="IsOfDrops"/> says.</summary>
    public string? EffectiveFilter => IsOfDrops ? Dropped : Filter;

    /// <summary>The filter, and what was dropped alone.</summary>
    public string Dropped => Filter is { Length: > 0 } ? $"({Filter}) and decision = DROP" : "decision = DROP";

    /// <summary>The view after a key; the same when it says nothing.</summary>
    public TopView After(char key) => key switch
    {
        's' => this with { SortedBy = SortedBy is null ? 0 : SortedBy < By.Split(',').Length - 1 ? SortedBy + 1 : null },
        'b' => this with { By = Next(Bys, By), SortedBy = null },
        'm' => this with { Metric = Metric == "flows" ? "observations" : "flows" },
        'w' => this with { From = Next(Windows, From), To = null },
        'd' => this with { IsOfDrops = !IsOfDrops },
        _ => this,
    };

    /// <summary>The query of counts.</summary>
    /// <param name="by">What is counted by.</param>
    /// <param name="filter">Which flows.</param>
    /// <param name="limit">Most rows.</param>
    public string Query(string by, string? filter, int limit) => string.Join('&', new[]
        {
            ("from", From), ("to", To), ("filter", filter is { Length: > 0 } ? filter : null), ("by", by), ("metric", Metric),
            ("limit", limit.ToString(System.Globalization.CultureInfo.InvariantCulture)),
        }.Where(parameter => parameter.Item2 is not null).Select(parameter => $"{parameter.Item1}={Uri.EscapeDataString(parameter.Item2!)}"));

    private static string Next(string[] all, string one) => all[(Array.IndexOf(all, one) + 1) % all.Length];
}
