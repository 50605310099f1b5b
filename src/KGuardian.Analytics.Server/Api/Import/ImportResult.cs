namespace KGuardian.Analytics.Server.Api.Import;

/// <summary>What became of the rows of a request; the numbers but the first add up to it.</summary>
/// <param name="Rows">Rows that came.</param>
internal sealed record ImportResult(int Rows)
{
    /// <summary>Faults that are told; the rest is counted.</summary>
    public const int MostFaults = 1_000;

    /// <summary>The oldest day that is kept, where flows keep their age: those from before are older. Else null.</summary>
    public DateOnly? OldestDay { get; init; }

    /// <summary>Those that are new here.</summary>
    public int Stored { get; init; }

    /// <summary>Those that were known, here or from the same request.</summary>
    public int Known { get; init; }

    /// <summary>Those of which something later is known, or that had expired.</summary>
    public int Older { get; init; }

    /// <summary>Those that nobody keeps: headless services, pods without a name.</summary>
    public int Ignored { get; init; }

    /// <summary>Those that cannot be stored.</summary>
    public int Rejected { get; init; }

    /// <summary>Why, of the first of them.</summary>
    public IReadOnlyList<ImportFault> Faults { get; init; } = [];
}

/// <summary>Why a row cannot be stored.</summary>
/// <param name="Index">Its place in the request, from 0; null where places are not known.</param>
/// <param name="Field">The member at fault; empty for all of it.</param>
/// <param name="Reason">What is wrong with it.</param>
internal sealed record ImportFault(int? Index, string Field, string Reason);
