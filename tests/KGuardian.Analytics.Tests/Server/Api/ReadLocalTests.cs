namespace KGuardian.Analytics.Tests.Server.Api;

[Collection(OnLocalServer.Name)]
public sealed class ReadLocalTests(LocalServer server) : ReadTests(server);
