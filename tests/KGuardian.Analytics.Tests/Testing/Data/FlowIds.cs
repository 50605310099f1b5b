using System.Buffers.Binary;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>The SQL by which activity knows flows.</summary>
internal static class FlowIds
{
    public static FlowIdSql Of(byte[] secret) =>
        FlowIdSql.Of(new FlowKeyHasher(BinaryPrimitives.ReadUInt64BigEndian(secret), BinaryPrimitives.ReadUInt64BigEndian(secret.AsSpan(8))));

    public static async Task<FlowIdSql> OfAsync(ClickHouseClient client) =>
        FlowIdSql.Of(await new StoreSecrets(new StoreFacts(() => client)).GetHasherAsync(default));
}
