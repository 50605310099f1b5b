using System.Globalization;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>Goes through a selection's edges slice by slice, with what policies ask for of each.</summary>
internal sealed class ObservedFlows(EdgeReader reader, InventoryTier inventory, RetentionWindow retention, PolicyMetrics metrics)
{
    /// <summary>Takes every edge of a selection.</summary>
    /// <param name="selection">The flows.</param>
    /// <param name="countsRepeats">Whether observations count repeats.</param>
    /// <param name="narrow">Narrows a slice by its names; null for all of it.</param>
    /// <param name="begin">Told the names of each slice, before its edges.</param>
    /// <param name="take">Takes an edge.</param>
    /// <param name="end">Told that a slice is through: which, of how many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ReadAsync(
        FlowSelection selection, bool countsRepeats, Func<FlowSelection, NameSpans, FlowSelection>? narrow, Action<NameSpans> begin,
        Action<ObservedEdge, ObservedConnections> take, Func<int, int, Task> end, CancellationToken cancellationToken)
    {
        var facts = new ClusterFacts(inventory.Pods, inventory.Services);
        var slices = EdgeReader.Slices(selection.Window);
        for (var at = 0; at < slices.Count; at++)
        {
            var slice = selection with { Window = slices[at] };
            var names = await reader.NamesAsync(slice, cancellationToken);
            begin(names);
            var connections = new ObservedConnections(facts, names.Pods);
            long flows = 0, edges = 0;
            await foreach (var edge in reader.ReadAsync(narrow?.Invoke(slice, names) ?? slice, names, countsRepeats, cancellationToken))
            {
                take(edge, connections);
                flows += edge.Flows;
                edges++;
            }

            metrics.Flows.Add(flows);
            metrics.Edges.Add(edges);
            await end(at + 1, slices.Count);
        }
    }

    /// <summary>Why there is no flow.</summary>
    public string WhyNone(FlowSelection selection) => DateOnly.FromDateTime(selection.Window.To.UtcDateTime) < retention.OldestDay
        ? $"flows are kept from {retention.OldestDay.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)} on, and the window is before that"
        : "no flow of the window is one that the filter lets through";
}
