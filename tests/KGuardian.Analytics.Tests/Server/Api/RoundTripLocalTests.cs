namespace KGuardian.Analytics.Tests.Server.Api;

[Collection(OnLocalServer.Name)]
public sealed class RoundTripLocalTests(LocalServer server) : RoundTripTests(server);
