using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

[Collection(OnLocalServer.Name)]
public sealed class ConcurrentPostLocalTests(LocalServer server) : ConcurrentPostTests(server);
