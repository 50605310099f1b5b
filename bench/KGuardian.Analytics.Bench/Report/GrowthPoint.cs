using KGuardian.Analytics.Bench.Load;

namespace KGuardian.Analytics.Bench.Report;

/// <summary>
/// What one size of the store costs. Bytes of memory are resident sizes after the reads; those on disk of the active parts, and of all files.
/// </summary>
internal sealed record GrowthPoint(
    long Flows, IReadOnlyList<ReadResult> Pages, LoadResult TenPercentNew, LoadResult AllNew,
    long ServerBytes, long NodeBytes, long ActiveBytes, long FileBytes, long Parts)
{
    public double ActiveBytesPerFlow => (double)ActiveBytes / Flows;

    public double FileBytesPerFlow => (double)FileBytes / Flows;
}
