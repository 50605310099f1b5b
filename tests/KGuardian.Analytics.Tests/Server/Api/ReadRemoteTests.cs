namespace KGuardian.Analytics.Tests.Server.Api;

[Collection(OnRemoteServer.Name)]
public sealed class ReadRemoteTests(RemoteServer server) : ReadTests(server);
