namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>Tests that share three nodes; each has a store of its own on them, and leaves them up.</summary>
[CollectionDefinition(Name)]
public sealed class OnShardNodes : ICollectionFixture<ShardNodes>
{
    public const string Name = "shard nodes";
}
