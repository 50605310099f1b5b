using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Reports;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Audits;

/// <summary>A pod as audits name it.</summary>
/// <param name="Namespace">Its namespace; "" for none.</param>
/// <param name="Name">Its name.</param>
internal sealed record Runtime(string Namespace, string Name)
{
    /// <summary>When it was the pod that is meant: of one of a UID, from its begin to that of the next of its name.</summary>
    public TimeWindow Window { get; init; } = new(FilterTime.Earliest, FilterTime.End);

    /// <summary>Its flows.</summary>
    public FlowFilter Filter => PodId.Filter(Namespace, Name);

    /// <inheritdoc/>
    public override string ToString() => PodId.Of(Namespace, Name, address: null);
}
