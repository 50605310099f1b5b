using System.Diagnostics.Metrics;
using System.Globalization;
using KGuardian.Analytics.AdminAudit;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>
/// Puts refused tokens into the audit log: one event a minute at most, which counts those since the one before, so that nobody can fill the log by
/// guessing. All of them are counted in the metrics.
/// </summary>
internal sealed class RefusedTokens
{
    private const int MaxPathLength = 200;

    private static readonly TimeSpan Interval = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly AdminEventLog _log;
    private readonly TimeProvider _clock;
    private readonly Counter<long> _refused;
    private readonly Counter<long> _undecided;
    private long? _reportedAt;
    private long _unreported;

    public RefusedTokens(AdminEventLog log, TimeProvider clock, IMeterFactory meters)
    {
        var meter = meters.Create("KGuardian.Analytics.Auth");
        _log = log;
        _clock = clock;
        _refused = meter.CreateCounter<long>("kguardian_tokens_refused_total", description: "Requests without a token that may do what they asked, by status.");
        _undecided = meter.CreateCounter<long>(
            "kguardian_tokens_undecided_total", description: "Requests with a token that could not be checked, answered 503.");
    }

    /// <summary>Counts a request whose token could not be checked.</summary>
    public void AddUndecided() => _undecided.Add(1);

    /// <summary>Counts a refusal.</summary>
    public void Add(HttpContext context, int status, Principal? principal)
    {
        _refused.Add(1, new KeyValuePair<string, object?>("status", status));
        long count;
        lock (_gate)
        {
            _unreported++;
            // By the timer, not the time of day: a clock that is set back must not silence the log.
            if (_reportedAt is { } last && _clock.GetElapsedTime(last) < Interval)
            {
                return;
            }

            _reportedAt = _clock.GetTimestamp();
            (count, _unreported) = (_unreported, 0);
        }

        var path = context.Request.Path.Value ?? "";
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "";
        _log.Record(
            AdminActivity.TokenRefused, principal?.Initiator ?? new AdminInitiator(address, "unknown"), path[..Math.Min(path.Length, MaxPathLength)],
            ("method", context.Request.Method), ("status", status.ToString(CultureInfo.InvariantCulture)), ("remote_address", address),
            ("refused", count.ToString(CultureInfo.InvariantCulture)));
    }
}
