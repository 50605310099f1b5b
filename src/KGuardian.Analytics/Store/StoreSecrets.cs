using System.Collections.Concurrent;
using System.Security.Cryptography;
using KGuardian.Analytics.Flows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Store;

/// <summary>The 128-bit secrets of a store, which all its servers share: random ones are written into a store that has none. Read once.</summary>
internal sealed class StoreSecrets(StoreFacts facts)
{
    private readonly ConcurrentDictionary<PutOnceFact, string> _known = new();

    /// <summary>Signs cursors.</summary>
    /// <exception cref="ClickHouseException">ClickHouse did not answer.</exception>
    public async ValueTask<byte[]> GetCursorSecretAsync(CancellationToken cancellationToken) =>
        Convert.FromHexString(await GetAsync(StoreFactNames.CursorSecret, cancellationToken));

    /// <summary>Makes the keys by which flows are known.</summary>
    /// <exception cref="ClickHouseException">ClickHouse did not answer.</exception>
    /// <exception cref="InvalidDataException">The secret is damaged.</exception>
    public async ValueTask<FlowKeyHasher> GetHasherAsync(CancellationToken cancellationToken) =>
        FlowKeyHasher.TryParse(await GetAsync(StoreFactNames.DedupSecret, cancellationToken), out var hasher)
            ? hasher
            : throw new InvalidDataException("dedup_secret in the table store is not 32 hexadecimal digits: flows are known by it, so restore the last backup");

    private async ValueTask<string> GetAsync(PutOnceFact fact, CancellationToken cancellationToken) =>
        _known.TryGetValue(fact, out var known)
            ? known
            : _known.GetOrAdd(fact, await facts.PutOnceAsync(fact, Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16)), cancellationToken));
}
