using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Observed;

namespace KGuardian.Analytics.Policies.Proposal;

/// <summary>A peer of a proposed rule, and what was seen of it.</summary>
/// <param name="Peer">The peer; null for anybody.</param>
/// <param name="Seen">Who was seen.</param>
/// <param name="Addresses">How many addresses a block was made of; 0 for pods.</param>
/// <param name="Tally">Flows of it.</param>
internal sealed record PeerEvidence(PolicyPeer? Peer, string Seen, int Addresses, EdgeTally Tally);
