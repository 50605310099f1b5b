namespace KGuardian.Analytics.Tests.Testing.Network;

/// <summary>A body that arrives in pieces of a given size, and ends in an error if there is one.</summary>
internal sealed class ScriptedStream(byte[] bytes, int pieceBytes, Exception? end = null, Action? afterPiece = null) : MemoryStream
{
    private int _at;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var count = Math.Min(Math.Min(pieceBytes, buffer.Length), bytes.Length - _at);
        if (count == 0 && end is not null)
        {
            throw end;
        }

        bytes.AsMemory(_at, count).CopyTo(buffer);
        _at += count;
        afterPiece?.Invoke();
        return ValueTask.FromResult(count);
    }
}
