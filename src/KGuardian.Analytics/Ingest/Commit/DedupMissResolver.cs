using System.Threading.Channels;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Blocks;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Loading;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Ingest.Commit;

/// <summary>
/// Keeps dedup exact while the files of known flows are made anew: asks ClickHouse for the flows that the index does not hold, for all waiting requests
/// at once. Until they are made, only here are flows declared new then, one round after the other, and each round first brings everything acknowledged into
/// ClickHouse: so a flow that was evicted from the index between two rounds is found.
/// </summary>
internal sealed class DedupMissResolver(
    GroupCommit commit, FlowRegistry registry, StoredKeys storedKeys, FlowKeyHasher hasher, BlockLoader loader, IngestMetrics metrics, TimeProvider clock)
{
    /// <summary>Requests of one round: each brings 100 to 1,000 flows; the lookup's cost grows slowly with their number.</summary>
    private const int MaxRequests = 256;

    /// <summary>Answers carried from round to round: some 30 MB.</summary>
    private const int MaxCarried = 1_000_000;

    /// <summary>A round flushes and asks; agents wait for 30 s.</summary>
    private static readonly TimeSpan RoundLimit = TimeSpan.FromSeconds(20);

    private readonly Channel<Request> _requests = Channel.CreateBounded<Request>(4 * MaxRequests);
    private Task _loop = Task.CompletedTask;

    public void Start() => _loop = Task.Run(RunAsync);

    /// <summary>Reserves a batch of which the index does not know every flow. Not decided, if the files are there meanwhile.</summary>
    /// <exception cref="IngestUnavailableException">ClickHouse did not answer, or too many requests wait.</exception>
    public Task<Reservation> ReserveAsync(EventBatch batch)
    {
        var request = new Request(batch);
        return _requests.Writer.TryWrite(request)
            ? request.Reserved.Task
            : throw new IngestUnavailableException($"{4 * MaxRequests} requests wait for a look-up of known flows, whose files are made anew");
    }

    public async Task StopAsync()
    {
        _requests.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        var round = new List<Request>();
        // What is known of flows from the rounds before: that ClickHouse has one stays true, that it has none does not. Without it a batch larger
        // than the index would never be decided: each round's answers push those of the round before out of the index.
        var verified = new Dictionary<FlowKey, int>();
        while (round.Count > 0 || await _requests.Reader.WaitToReadAsync())
        {
            while (round.Count < MaxRequests && _requests.Reader.TryRead(out var request))
            {
                round.Add(request);
            }

            round = await ResolveAsync(round, verified);
            if (round.Count == 0 || verified.Count > MaxCarried)
            {
                verified.Clear();
            }
            else
            {
                foreach (var key in verified.Where(verdict => verdict.Value < 0).Select(verdict => verdict.Key).ToArray())
                {
                    verified.Remove(key);
                }
            }
        }
    }

    /// <summary>One round; returns the requests that need another, because a flow they share was decided on for an earlier one.</summary>
    private async Task<List<Request>> ResolveAsync(List<Request> round, Dictionary<FlowKey, int> verified)
    {
        var again = new List<Request>();
        try
        {
            await VerifyAsync(round, verified);
            foreach (var request in round)
            {
                using var lookup = new RunLookup();
                var reservation = commit.Enlist(request.Batch, lookup, verified);
                if (reservation.Unknown is null)
                {
                    request.Reserved.SetResult(reservation);
                }
                else
                {
                    again.Add(request);
                }
            }
        }
        catch (Exception e)
        {
            // Whatever it was, these requests must be answered and the loop must go on.
            var refusal = e as IngestUnavailableException
                ?? new IngestUnavailableException($"known flows could not be looked up: {e.Message}", e);
            foreach (var request in round.Where(request => !request.Reserved.Task.IsCompleted))
            {
                request.Reserved.SetException(refusal);
            }

            again.Clear();
        }

        return again;
    }

    private async Task VerifyAsync(List<Request> round, Dictionary<FlowKey, int> verified)
    {
        var candidates = new FlowBlock();
        foreach (var batch in round.Select(request => request.Batch))
        {
            var rows = registry.UnknownRows(batch.Keys).Where(row => verified.TryAdd(batch.Keys[row], -1)).ToArray();
            candidates.Append(batch, rows, Arrival.At(clock.GetUtcNow()));
        }

        if (candidates.Rows == 0)
        {
            return;
        }

        if (loader.Refusal is { } refusal)
        {
            throw new IngestUnavailableException(refusal);
        }

        using var limit = new CancellationTokenSource(RoundLimit, clock);
        await loader.FlushAsync(limit.Token);
        var known = await storedKeys.FindAsync(hasher, candidates, limit.Token);
        metrics.LookedUp.Add(candidates.Rows);
        foreach (var (key, day) in known)
        {
            // Not "known": by the time it is asked for, the flow may have expired.
            verified[key] = day;
        }

        registry.Remember(known);
    }

    private sealed class Request(EventBatch batch)
    {
        public EventBatch Batch => batch;

        public TaskCompletionSource<Reservation> Reserved { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
