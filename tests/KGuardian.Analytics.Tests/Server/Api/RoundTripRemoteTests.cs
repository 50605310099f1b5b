namespace KGuardian.Analytics.Tests.Server.Api;

[Collection(OnRemoteServer.Name)]
public sealed class RoundTripRemoteTests(RemoteServer server) : RoundTripTests(server);
