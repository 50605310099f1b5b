using KGuardian.Analytics.Bench.Measure;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>A server under test, started empty by the bench and removed with its data when disposed.</summary>
internal interface ITarget : IDisposable
{
    string Name { get; }

    Uri Url { get; }

    ServerProbe Probe { get; }

    /// <summary>Called once between loading and measuring reads.</summary>
    void PrepareForReads();
}
