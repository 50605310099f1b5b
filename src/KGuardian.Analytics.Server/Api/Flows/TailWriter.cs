using System.IO.Pipelines;
using System.Text;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Tail;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary>
/// Writes a tail as server-sent events. Every id is a cursor behind its flow; heartbeats carry one too, so that a client that goes on after
/// a long time without flows passes over nothing twice.
/// </summary>
internal sealed class TailWriter(PipeWriter to, CursorSigner signer, TailCursor began, TimeProvider clock, CancellationToken cancellationToken)
{
    /// <summary>Less than what proxies wait for: mostly 30 to 60 s.</summary>
    private static readonly TimeSpan Heartbeat = TimeSpan.FromSeconds(15);

    /// <summary>Some hundred flows a system call.</summary>
    private const int FlushBytes = 64 << 10;

    private DateTimeOffset _now = clock.GetUtcNow();

    /// <summary>Where the tail is: everything up to here was written, or is not part of it.</summary>
    public long Position { get; private set; } = began.Sequence;

    /// <summary>Says where the tail begins, and how soon to come back when it breaks.</summary>
    public ValueTask BeginAsync()
    {
        Write("retry: 1000\n"u8);
        WriteId();
        Write("\n"u8);
        return FlushAsync();
    }

    /// <summary>Writes a flow; sends what was written when it is much.</summary>
    public ValueTask WriteAsync(TailRow row)
    {
        Position = row.Sequence;
        WriteId();
        Write("event: flow\ndata: "u8);
        Write(row.Json.Span);
        Write("\n\n"u8);
        return to.UnflushedBytes >= FlushBytes ? FlushAsync() : ValueTask.CompletedTask;
    }

    /// <summary>There is nothing more up to here.</summary>
    public void PassOver(long sequence) => Position = sequence;

    /// <summary>Waits for something to come; sends what was written, and heartbeats, meanwhile.</summary>
    public async ValueTask<T> WaitAsync<T>(ValueTask<T> pending)
    {
        if (pending.IsCompleted)
        {
            return await pending;
        }

        var task = pending.AsTask();
        try
        {
            await FlushAsync();
            while (true)
            {
                try
                {
                    return await task.WaitAsync(Heartbeat, clock);
                }
                catch (TimeoutException) when (!task.IsCompleted)
                {
                    await BeatAsync();
                }
            }
        }
        catch
        {
            // The client left: what is under way must be over before it is disposed.
            await Task.WhenAny(task);
            throw;
        }
    }

    private ValueTask BeatAsync()
    {
        Write(": heartbeat\n"u8);
        WriteId();
        Write("\n"u8);
        return FlushAsync();
    }

    private async ValueTask FlushAsync()
    {
        await to.FlushAsync(cancellationToken);
        _now = clock.GetUtcNow();
    }

    private void WriteId()
    {
        Write("id: "u8);
        to.Advance(Encoding.ASCII.GetBytes(signer.Write(began with { Issued = _now, Sequence = Position }), to.GetSpan(128)));
        Write("\n"u8);
    }

    private void Write(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(to.GetSpan(bytes.Length));
        to.Advance(bytes.Length);
    }
}
