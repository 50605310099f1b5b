using KGuardian.Analytics.Forwarding.Channels;

namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>
/// What was sent to a target that does not answer. It counts as delivered when the other side's system has confirmed its bytes and the connection has stood
/// for <see cref="Settling"/> since: a program that dies with unread bytes resets it. When the connection breaks, all that does not count is sent again, and
/// at least the last <see cref="LeastAgain"/> bytes: they may have been in that program's memory.
/// </summary>
internal sealed class DeliveryWindow(TimeProvider clock)
{
    /// <summary>How long a connection has to stand.</summary>
    public static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    /// <summary>1 MiB: some thousand messages.</summary>
    public const long LeastAgain = 1 << 20;

    private readonly Queue<Mark> _waiting = new();
    private readonly Queue<Mark> _recent = new();

    /// <summary>Whether something does not count yet.</summary>
    public bool IsWaiting => _waiting.Count > 0;

    /// <summary>Events were sent.</summary>
    /// <param name="delivery">Whose they are.</param>
    /// <param name="before">Where it was before them.</param>
    /// <param name="after">Where it is behind them.</param>
    /// <param name="written">The target's bytes behind them.</param>
    public void Add(ChannelDelivery delivery, (EventPlace Place, long Passed) before, (EventPlace Place, long Passed) after, long written) =>
        _waiting.Enqueue(new Mark(delivery, before, after, written, clock.GetTimestamp()));

    /// <summary>Counts what may be counted.</summary>
    /// <param name="acknowledged">The target's bytes that were confirmed.</param>
    /// <param name="micros">Now, in microseconds since 1970.</param>
    public void Confirm(long acknowledged, long micros)
    {
        while (_waiting.TryPeek(out var mark) && mark.Written <= acknowledged && clock.GetElapsedTime(mark.SentAt) >= Settling)
        {
            mark.Delivery.Confirm(mark.After.Place, mark.After.Passed, micros);
            _recent.Enqueue(_waiting.Dequeue());
        }

        while (_recent.TryPeek(out var old) && old.Written + LeastAgain <= acknowledged)
        {
            _recent.Dequeue();
        }
    }

    /// <summary>The connection is gone: everything that is held is sent again.</summary>
    public async Task RewindAsync()
    {
        foreach (var first in _recent.Concat(_waiting).DistinctBy(mark => mark.Delivery).ToArray())
        {
            await first.Delivery.RewindAsync(first.Before.Place, first.Before.Passed);
        }

        Forget();
    }

    /// <summary>The connection ended in order, and all counts.</summary>
    public void Forget()
    {
        _waiting.Clear();
        _recent.Clear();
    }

    private sealed record Mark(
        ChannelDelivery Delivery, (EventPlace Place, long Passed) Before, (EventPlace Place, long Passed) After, long Written, long SentAt);
}
