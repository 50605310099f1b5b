using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Packages;

/// <summary>The verb healthcheck, which container runtimes run.</summary>
public sealed class HealthCheckTests
{
    [Fact]
    public async Task Healthy_server_is_0_and_one_without_ClickHouse_is_1()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var relay = new TcpRelay(store.Endpoint.Url);
        await using var server = await ServerProcess.StartAsync(store.DataDirectory, store.SettingsAt(relay.Address));
        var url = server.Api.Address.GetLeftPart(UriPartial.Authority);
        var listening = ("LISTEN_ADDR", $"0.0.0.0:{server.Api.Address.Port}");

        // A busy machine may need longer for an answer than containers wait.
        await Patience.UntilAsync(
            "it is healthy at its URL", async () => await ServerProgram.RunAsync(["healthcheck", $"--url={url}"]) == (0, "Healthy!\n", ""));
        await Patience.UntilAsync(
            "it is healthy where it listens", async () => await ServerProgram.RunAsync(["healthcheck"], listening) == (0, "Healthy!\n", ""));
        relay.GoAway();
        await Patience.UntilAsync("it says that ClickHouse is away", async () =>
            await ServerProgram.RunAsync(["healthcheck"], listening) is (1, { } output, _)
            && output.StartsWith("ClickHouse is away", StringComparison.Ordinal));
    }

    [Fact]
    public async Task No_server_is_1()
    {
        var (exitCode, output, _) = await ServerProgram.RunAsync(["healthcheck", "--url=http://127.0.0.1:1"]);

        Assert.Equal(1, exitCode);
        Assert.StartsWith("http://127.0.0.1:1/health: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--url=nowhere", "--url=http://host:port")]
    [InlineData("--url=ftp://127.0.0.1", "--url=http://host:port")]
    [InlineData("--port=9090", "is no option of 'healthcheck'")]
    [InlineData("http://127.0.0.1:9090", "is no argument of 'healthcheck'")]
    public async Task Argument_that_cannot_be_used_is_2(string argument, string said)
    {
        var (exitCode, _, error) = await ServerProgram.RunAsync(["healthcheck", argument]);

        Assert.Equal(2, exitCode);
        Assert.Contains(said, error, StringComparison.Ordinal);
    }
}
