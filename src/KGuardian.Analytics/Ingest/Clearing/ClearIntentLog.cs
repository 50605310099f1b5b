using KGuardian.Analytics.Store;

namespace KGuardian.Analytics.Ingest.Clearing;

/// <summary>
/// Keeps in the table <c>store</c> which clears have begun and which are done: shards are cleared one by one, and a clear that was interrupted is carried
/// out to its end before anything is stored again.
/// </summary>
internal sealed class ClearIntentLog(StoreFacts facts)
{
    public Task BeginAsync(string clear, CancellationToken cancellationToken) => facts.WriteAsync(cancellationToken, (StoreFactNames.ClearBegun, clear));

    public Task EndAsync(string clear, CancellationToken cancellationToken) => facts.WriteAsync(cancellationToken, (StoreFactNames.ClearDone, clear));

    /// <summary>Clears that have begun and are not done.</summary>
    public async Task<IReadOnlyList<string>> OpenAsync(CancellationToken cancellationToken)
    {
        var begun = await facts.GetAllAsync(StoreFactNames.ClearBegun, cancellationToken);
        return [.. begun.Except(await facts.GetAllAsync(StoreFactNames.ClearDone, cancellationToken))];
    }
}
