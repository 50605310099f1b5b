namespace KGuardian.Analytics.Tests.Server;

[Collection(OnRemoteServer.Name)]
public sealed class ConcurrentPostRemoteTests(RemoteServer server) : ConcurrentPostTests(server);
