using System.Threading.RateLimiting;

namespace KGuardian.Analytics.Server.Limits;

/// <summary>So many at once; others wait in their order, for a time. How many wait is bounded only for the memory that they take.</summary>
/// <param name="atOnce">How many run.</param>
/// <param name="waiting">Most that wait.</param>
/// <param name="patience">How long each waits.</param>
internal sealed class PatientLimiter(int atOnce, int waiting, TimeSpan patience) : RateLimiter
{
    private readonly ConcurrencyLimiter _limiter = new(new ConcurrencyLimiterOptions
    {
        PermitLimit = atOnce,
        QueueLimit = waiting,
        QueueProcessingOrder = QueueProcessingOrder.OldestFirst,
    });

    public override TimeSpan? IdleDuration => _limiter.IdleDuration;

    public override RateLimiterStatistics? GetStatistics() => _limiter.GetStatistics();

    protected override RateLimitLease AttemptAcquireCore(int permitCount) => _limiter.AttemptAcquire(permitCount);

    protected override async ValueTask<RateLimitLease> AcquireAsyncCore(int permitCount, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var lease = _limiter.AcquireAsync(permitCount, end.Token);
        if (lease.IsCompleted)
        {
            return await lease;
        }

        end.CancelAfter(patience);
        try
        {
            return await lease;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return TimeIsUp.Instance;
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _limiter.Dispose();
        }

        base.Dispose(disposing);
    }

    protected override async ValueTask DisposeAsyncCore()
    {
        await _limiter.DisposeAsync();
        await base.DisposeAsyncCore();
    }

    private sealed class TimeIsUp : RateLimitLease
    {
        public static readonly TimeIsUp Instance = new();

        public override bool IsAcquired => false;

        public override IEnumerable<string> MetadataNames => [];

        public override bool TryGetMetadata(string metadataName, out object? metadata)
        {
            metadata = null;
            return false;
        }
    }
}
