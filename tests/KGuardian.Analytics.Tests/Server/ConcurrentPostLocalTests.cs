namespace KGuardian.Analytics.Tests.Server;

[Collection(OnLocalServer.Name)]
public sealed class ConcurrentPostLocalTests(LocalServer server) : ConcurrentPostTests(server);
