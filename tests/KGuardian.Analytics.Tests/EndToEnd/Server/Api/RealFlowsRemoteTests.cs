using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

[Collection(OnRemoteServer.Name)]
public sealed class RealFlowsRemoteTests(RemoteServer server) : RealFlowsTests(server);
