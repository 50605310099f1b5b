using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

[Collection(OnRemoteServer.Name)]
public sealed class RoundTripRemoteTests(RemoteServer server) : RoundTripTests(server);
