namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>Tests that share one server on a ClickHouse that somebody else started.</summary>
[CollectionDefinition(Name)]
public sealed class OnRemoteServer : ICollectionFixture<RemoteServer>
{
    public const string Name = "remote server";
}
