using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace KGuardian.Analytics.Server.Http;

/// <summary>
/// Tells the end of what a client sends only when everything before it was looked at. Kestrel ends the connection when it reads a body and hears of the
/// end, even if the body is whole: with the last bytes or before them, as the network has it.
/// </summary>
internal sealed class LateEndReader(PipeReader from) : PipeReader
{
    private ReadResult _current;

    /// <summary>How much of what is not consumed was looked at.</summary>
    private long _examined;

    public override bool TryRead(out ReadResult result)
    {
        var isRead = from.TryRead(out result);
        if (isRead)
        {
            result = Hide(result);
        }

        return isRead;
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        var reading = from.ReadAsync(cancellationToken);
        return reading.IsCompletedSuccessfully ? ValueTask.FromResult(Hide(reading.Result)) : WaitAsync(reading);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // Nobody asks before the end has come: until then this costs nothing.
        if (_current.IsCompleted)
        {
            _examined = _current.Buffer.Slice(consumed, examined).Length;
        }

        _current = default;
        from.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => from.CancelPendingRead();

    public override void Complete(Exception? exception = null) => from.Complete(exception);

    public override ValueTask CompleteAsync(Exception? exception = null) => from.CompleteAsync(exception);

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<ReadResult> WaitAsync(ValueTask<ReadResult> reading) => Hide(await reading);

    private ReadResult Hide(ReadResult result)
    {
        if (!result.IsCompleted)
        {
            return result;
        }

        _current = result;
        return result.Buffer.Length <= _examined ? result : new ReadResult(result.Buffer, result.IsCanceled, isCompleted: false);
    }
}
