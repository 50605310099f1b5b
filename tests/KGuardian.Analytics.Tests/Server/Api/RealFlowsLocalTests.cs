namespace KGuardian.Analytics.Tests.Server.Api;

[Collection(OnLocalServer.Name)]
public sealed class RealFlowsLocalTests(LocalServer server) : RealFlowsTests(server);
