using System.Buffers.Binary;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Tests.Query.Reports;

/// <summary>The SQL by which activity knows flows.</summary>
internal static class FlowIds
{
    public static FlowIdSql Of(byte[] secret) => new(
        $"reinterpretAsUInt64(substring({FlowKeyHasher.SqlExpression}, 1, 8))",
        query => query
            .With("k0", BinaryPrimitives.ReadUInt64BigEndian(secret)).With("k1", BinaryPrimitives.ReadUInt64BigEndian(secret.AsSpan(8)))
            .WithSetting("prefer_column_name_to_alias", "1"));

    public static async Task<FlowIdSql> OfAsync(ClickHouseClient client) => Of(await new StoreSecrets(ClickHouseCluster.Of(client)).GetAsync(StoreSecrets.Dedup, default));
}
