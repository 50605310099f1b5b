using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Endpoints;

/// <summary>
/// The addresses of one ClickHouse. One of them is used for everything as long as it answers, so that who wrote reads what they wrote; when it
/// does not, the next one that does. An address that comes back is not returned to: it may still lack what the others took meanwhile.
/// </summary>
internal sealed partial class EndpointPool
{
    private readonly Lock _gate = new();
    private readonly ILogger _logger;
    private volatile EndpointState _current;
    private long _moves;

    public EndpointPool(IReadOnlyList<ClickHouseEndpoint> endpoints, ILogger logger)
    {
        ArgumentOutOfRangeException.ThrowIfZero(endpoints.Count, nameof(endpoints));
        _logger = logger;
        All = [.. endpoints.Select(endpoint => new EndpointState(endpoint, logger))];
        _current = All[0];
    }

    /// <summary>All addresses, in the order in which they are tried.</summary>
    public IReadOnlyList<EndpointState> All { get; }

    /// <summary>The one that is used.</summary>
    public EndpointState Current => _current;

    /// <summary>How often another one was taken into use.</summary>
    public long Moves => Interlocked.Read(ref _moves);

    /// <summary>Notes that an address does not answer; returns whether another one is used now.</summary>
    public bool Leave(EndpointState away, string reason)
    {
        lock (_gate)
        {
            away.BackOff();
            if (_current == away)
            {
                var at = All.Index().First(entry => entry.Item == away).Index;
                if (All.Skip(at + 1).Concat(All.Take(at)).FirstOrDefault(other => !other.IsAway) is not { } next)
                {
                    return false;
                }

                Use(next, reason);
            }

            return true;
        }
    }

    /// <summary>Notes a sign of life: ends the address's back-off, and takes it when the one that is used has failed.</summary>
    public void Restore(EndpointState back)
    {
        lock (_gate)
        {
            back.Restore();
            if (_current.HasFailed)
            {
                Use(back, "it answers");
            }
        }
    }

    private void Use(EndpointState next, string reason)
    {
        LogMoved(_current.Endpoint, next.Endpoint, reason);
        _current = next;
        Interlocked.Increment(ref _moves);
    }

    [LoggerMessage(1102, LogLevel.Warning, "ClickHouse at {Left} is away, {Next} is used from now on: {Reason}")]
    private partial void LogMoved(ClickHouseEndpoint left, ClickHouseEndpoint next, string reason);
}

/// <summary>What the last look at an address of ClickHouse showed.</summary>
/// <param name="Endpoint">The address.</param>
/// <param name="Failure">Why it does not answer; null while it does.</param>
/// <param name="IsUsed">Whether statements go there.</param>
internal sealed record EndpointHealth(ClickHouseEndpoint Endpoint, string? Failure, bool IsUsed);
