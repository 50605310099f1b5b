using System.Globalization;
using System.Net;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Policies.Observed;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Server.Api.Policies;

/// <summary>Goes through a selection's edges slice by slice, with what policies ask for of each.</summary>
internal sealed class ObservedFlows(EdgeReader reader, InventoryTier inventory, RetentionWindow retention, PolicyMetrics metrics)
{
    /// <summary>Addresses outside that are told apart: policies that name one are, and a list of them can be read. Beyond, their networks are.</summary>
    private const int MostAddresses = 10_000;

    /// <summary>How addresses outside are grouped in answers about some flows; null where each is an end.</summary>
    /// <param name="selections">The flows.</param>
    /// <param name="named">Networks that policies name: those that are smaller than a group are told apart.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<OutsideNetworks?> OutsideAsync(
        IEnumerable<FlowSelection> selections, IEnumerable<IPNetwork> named, CancellationToken cancellationToken)
    {
        foreach (var selection in selections)
        {
            if (await reader.CountOutsideAsync(selection, MostAddresses + 1, cancellationToken) > MostAddresses)
            {
                return OutsideNetworks.But(named);
            }
        }

        return null;
    }

    /// <summary>Takes every edge of a selection.</summary>
    /// <param name="selection">The flows.</param>
    /// <param name="detail">What of edges is asked for.</param>
    /// <param name="outside">How addresses outside are grouped.</param>
    /// <param name="begin">Told the names of each slice, before its edges.</param>
    /// <param name="take">Takes an edge.</param>
    /// <param name="end">Told that a slice is through: which, of how many.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task ReadAsync(
        FlowSelection selection, EdgeDetail detail, OutsideNetworks? outside, Action<NameSpans> begin,
        Action<ObservedEdge, ObservedConnections> take, Func<int, int, Task> end, CancellationToken cancellationToken)
    {
        var facts = new ClusterFacts(inventory.Pods, inventory.Services);
        var slices = EdgeReader.Slices(selection.Window);
        for (var at = 0; at < slices.Count; at++)
        {
            var slice = selection with { Window = slices[at] };
            var names = await reader.NamesAsync(slice, outside, cancellationToken);
            begin(names);
            var connections = new ObservedConnections(facts, names.Pods);
            long flows = 0, edges = 0;
            await foreach (var edge in reader.ReadAsync(slice, names, detail, cancellationToken))
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
