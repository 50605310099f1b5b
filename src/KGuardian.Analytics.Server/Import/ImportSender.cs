using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Server.Api.Import;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Http;

namespace KGuardian.Analytics.Server.Import;

/// <summary>Sends batches, and again while the server is away or busy.</summary>
/// <param name="server">The server.</param>
/// <param name="patience">How long it may be away.</param>
/// <param name="keepsAge">Whether flows are kept for as long as if they had arrived on the day of their own time.</param>
/// <param name="clock">The machine's time.</param>
/// <param name="say">Told, once each time, that it is waited for.</param>
internal sealed class ImportSender(ServerClient server, TimeSpan patience, bool keepsAge, TimeProvider clock, Action<string> say)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private int _waiting;

    /// <summary>Sends a batch; in parts where its body is too large for the server.</summary>
    /// <exception cref="CommandException">The server refuses it, or was away for too long.</exception>
    /// <exception cref="UsageException">It does not let this token in.</exception>
    public async Task<SentBatch> SendAsync(ImportTable table, ImportBatch batch, CancellationToken cancellationToken)
    {
        var sent = new SentBatch();
        if (batch.Count > 0)
        {
            await SendAsync(table, batch, 0, batch.Count, sent, cancellationToken);
        }

        return sent;
    }

    private async Task SendAsync(ImportTable table, ImportBatch batch, int from, int count, SentBatch sent, CancellationToken cancellationToken)
    {
        var route = keepsAge && table == ImportTable.Flows ? $"{table.Route}?keep_age=true" : table.Route;
        var answer = await PostAsync(route, () => batch.Content(from, count), () => sent.Resent += count, cancellationToken);
        if (answer.Status == HttpStatusCode.RequestEntityTooLarge)
        {
            if (count == 1)
            {
                var (json, row) = batch[from];
                sent.Add(new ImportResult(1) { Rejected = 1 }, [new(row, "", "too large: Ingest:MaxBodyBytes", RejectFile.Show(json.Span))]);
                return;
            }

            await SendAsync(table, batch, from, count / 2, sent, cancellationToken);
            await SendAsync(table, batch, from + (count / 2), count - (count / 2), sent, cancellationToken);
            return;
        }

        if (answer.Status != HttpStatusCode.OK)
        {
            throw server.Refused(answer.Status, answer.Text);
        }

        var result = Read(answer.Text);
        if (result.Rows != count || result.Stored + result.Known + result.Older + result.Ignored + result.Rejected != count)
        {
            throw new CommandException($"{server.Address} answered for {result.Rows} rows of {count}: it is no server of this program's, or a newer one");
        }

        sent.Add(result, result.Faults.Select(fault =>
        {
            var (json, row) = fault.Index is { } index && index < count ? batch[from + index] : (default, 0);
            return new RejectedSource(row, fault.Field, fault.Reason, RejectFile.Show(json.Span));
        }));
        if (table == ImportTable.Flows)
        {
            // The server left out what is from before the day that it says: such rows are nobody's duplicates.
            var oldest = (result.OldestDay ?? DateOnly.MinValue).DayNumber - DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;
            sent.Keys.AddRange(batch.Flows[from..(from + count)].Where(flow => flow.Day >= oldest).Select(flow => flow.Key));
        }
    }

    private async Task<ServerAnswer> PostAsync(string route, Func<HttpContent> content, Action resent, CancellationToken cancellationToken)
    {
        var (since, pause, isWaiting) = ((long?)null, FirstPause, false);
        while (true)
        {
            var (answer, problem) = await TryAsync(route, content, cancellationToken);
            if (problem is null)
            {
                if (isWaiting && Interlocked.Decrement(ref _waiting) == 0)
                {
                    say($"{server.Address} answers again");
                }

                return answer!;
            }

            since ??= clock.GetTimestamp();
            if (clock.GetElapsedTime(since.Value) > patience)
            {
                throw new CommandException($"{problem}, for more than {patience.TotalSeconds:0} s; the same command goes on where this one ends");
            }

            if (!isWaiting)
            {
                isWaiting = true;
                if (Interlocked.Increment(ref _waiting) == 1)
                {
                    say($"{problem}; waiting for it");
                }
            }

            // An answer that came says that nothing was stored; without one nobody knows.
            if (answer is null)
            {
                resent();
            }

            var wait = answer?.RetryAfter is { } asked && asked < LongestPause ? asked : pause;
            await Task.Delay(wait < FirstPause ? FirstPause : wait, clock, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>An answer, and what is wrong when it is worth another try.</summary>
    private async Task<(ServerAnswer? Answer, string? Problem)> TryAsync(string route, Func<HttpContent> content, CancellationToken cancellationToken)
    {
        try
        {
            using var body = content();
            var answer = await server.TryPostAsync(route, body, cancellationToken);
            return (answer, answer.Status == HttpStatusCode.TooManyRequests || answer.Status >= HttpStatusCode.InternalServerError
                ? server.Refused(answer.Status, answer.Text).Message : null);
        }
        catch (Exception e) when (e is HttpRequestException or IOException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return (null, $"{server.Address} does not answer: {(e is OperationCanceledException ? "it took too long" : e.Message)}");
        }
    }

    private ImportResult Read(string text)
    {
        try
        {
            return JsonSerializer.Deserialize<ImportResult>(text, SnakeCaseJson.Plain) ?? throw new JsonException("null");
        }
        catch (JsonException e)
        {
            throw new CommandException($"{server.Address} is no server of this program's, or an older one: {e.Message}");
        }
    }
}

/// <summary>What became of a batch.</summary>
internal sealed class SentBatch
{
    /// <summary>Its numbers.</summary>
    public ImportResult Result { get; private set; } = new(0);

    /// <summary>Rows that the server refused.</summary>
    public List<RejectedSource> Rejects { get; } = [];

    /// <summary>Keys of the flows that the server looked for, which tell the same flow.</summary>
    public List<ulong> Keys { get; } = [];

    /// <summary>Rows that were sent again without an answer before.</summary>
    public long Resent { get; set; }

    /// <summary>Adds the answer to a part of it.</summary>
    public void Add(ImportResult part, IEnumerable<RejectedSource> rejects)
    {
        Result = new ImportResult(Result.Rows + part.Rows)
        {
            Stored = Result.Stored + part.Stored,
            Known = Result.Known + part.Known,
            Older = Result.Older + part.Older,
            Ignored = Result.Ignored + part.Ignored,
            Rejected = Result.Rejected + part.Rejected,
        };
        Rejects.AddRange(rejects);
    }
}
