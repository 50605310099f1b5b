using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

[Collection(OnLocalServer.Name)]
public sealed class ReadLocalTests(LocalServer server) : ReadTests(server);
