using System.Diagnostics.Metrics;

namespace KGuardian.Analytics.Server.Limits;

/// <summary>Counts queries that were refused because their client had too many.</summary>
internal sealed class RefusedQueries : IDisposable
{
    private readonly Meter _meter = new("KGuardian.Analytics.Limits");
    private readonly Counter<long> _refused;

    public RefusedQueries() =>
        _refused = _meter.CreateCounter<long>("kguardian_queries_refused_total", description: "Queries refused because their client had too many at once, by kind.");

    public void Add(string kind) => _refused.Add(1, new KeyValuePair<string, object?>("kind", kind));

    public void Dispose() => _meter.Dispose();
}
