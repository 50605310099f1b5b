using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

[Collection(OnRemoteServer.Name)]
public sealed class ConcurrentPostRemoteTests(RemoteServer server) : ConcurrentPostTests(server);
