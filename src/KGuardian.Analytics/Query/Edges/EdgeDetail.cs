namespace KGuardian.Analytics.Query.Edges;

/// <summary>What of edges is asked for.</summary>
internal sealed record EdgeDetail
{
    /// <summary>Whether observations, and when they were last seen, count repeats: at a multiple of the cost.</summary>
    public bool CountsRepeats { get; init; }

    /// <summary>Whether they can be asked about again, by their keys.</summary>
    public bool HasKeys { get; init; }

    /// <summary>Whether a row's uuid is wanted of each.</summary>
    public bool HasExamples { get; init; }

    /// <summary>What they are wanted of; null for all.</summary>
    public EdgeScope? Scope { get; init; }
}
