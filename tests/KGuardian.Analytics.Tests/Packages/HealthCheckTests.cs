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

        await SaysAsync(0, "Healthy!", [$"--url={url}"]);
        await SaysAsync(0, "Healthy!", [], listening);
        relay.GoAway();
        await SaysAsync(1, "ClickHouse is away", [], listening);
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

    /// <summary>Asks again until it says so: a busy machine may not answer in its time.</summary>
    private static async Task SaysAsync(int exitCode, string text, string[] arguments, params (string Name, string Value)[] environment) =>
        await Patience.UntilAsync($"healthcheck says {text}", async () =>
            await ServerProgram.RunAsync(["healthcheck", .. arguments], environment) is var (ended, output, error)
            && ended == exitCode && output.StartsWith(text, StringComparison.Ordinal) && error.Length == 0);
}
