using KGuardian.Analytics.Tests.Server;

namespace KGuardian.Analytics.Tests.Packages;

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

        Assert.Equal((0, "Healthy!\n", ""), await ServerProgram.RunAsync(["healthcheck", $"--url={url}"]));
        Assert.Equal((0, "Healthy!\n", ""), await ServerProgram.RunAsync(["healthcheck"], listening));
        relay.GoAway();
        var (exitCode, output, _) = (1, "", "");
        await Patience.UntilAsync("ClickHouse is away", async () =>
        {
            (exitCode, output, _) = await ServerProgram.RunAsync(["healthcheck"], listening);
            return exitCode != 0;
        });

        Assert.Equal(1, exitCode);
        Assert.StartsWith("ClickHouse is away", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task No_server_is_1()
    {
        var (exitCode, output, _) = await ServerProgram.RunAsync(["healthcheck", "--url=http://127.0.0.1:1"]);

        Assert.Equal(1, exitCode);
        Assert.StartsWith("http://127.0.0.1:1/health: ", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--url=nowhere")]
    [InlineData("--url=ftp://127.0.0.1")]
    [InlineData("--port=9090")]
    [InlineData("http://127.0.0.1:9090")]
    public async Task Argument_that_cannot_be_used_is_2(string argument)
    {
        var (exitCode, _, error) = await ServerProgram.RunAsync(["healthcheck", argument]);

        Assert.Equal(2, exitCode);
        Assert.Contains("--url=http://host:port", error, StringComparison.Ordinal);
    }
}
