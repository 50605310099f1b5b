using KGuardian.Analytics.Ingest.Dedup.Runs;

namespace KGuardian.Analytics.Ingest.Dedup;

/// <summary>Flows that only the index knows, to be written into a file.</summary>
/// <param name="Entries">The flows, in the order in which they became known.</param>
/// <param name="Epoch">The <see cref="FlowRegistry.Epoch"/> that they are of.</param>
/// <param name="Watermark">All flows up to this place in the order of arrival are among them, or in files.</param>
internal sealed record SealedFlows(List<KeyEntry> Entries, long Epoch, long Watermark);
