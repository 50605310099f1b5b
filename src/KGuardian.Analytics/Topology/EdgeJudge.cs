using System.Net;
using KGuardian.Analytics.Query.Edges;

namespace KGuardian.Analytics.Topology;

/// <summary>Says of each edge where policies would have stopped it.</summary>
/// <param name="Networks">Networks that the policies name: addresses within are told apart where they are judged.</param>
/// <param name="Begin">Told the pods of the window, gives the judgement.</param>
internal sealed record EdgeJudge(IEnumerable<IPNetwork> Networks, Func<IEnumerable<EdgeEnd>, Func<ObservedEdge, Blocking>> Begin);
