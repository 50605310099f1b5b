namespace KGuardian.Analytics.Tests.Server.Api;

[Collection(OnRemoteServer.Name)]
public sealed class RealFlowsRemoteTests(RemoteServer server) : RealFlowsTests(server);
