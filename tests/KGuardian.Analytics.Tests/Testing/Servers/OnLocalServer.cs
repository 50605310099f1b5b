namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>Tests that share one server with a node of its own.</summary>
[CollectionDefinition(Name)]
public sealed class OnLocalServer : ICollectionFixture<LocalServer>
{
    public const string Name = "local server";
}
