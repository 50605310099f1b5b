using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary>Every verb where the environment names a proxy that knows no way to this machine.</summary>
public sealed class ProxyTests
{
    private static readonly (string, string)[] Proxies =
        [.. new[] { "HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy" }.Select(name => (name, "http://127.0.0.1:9"))];

    [Fact]
    public async Task No_verb_asks_a_proxy()
    {
        using TestDirectory source = new(), target = new();
        string address;
        await using (var server = await ServerProcess.StartAsync(source.Path, Proxies))
        {
            address = server.Api.Address.ToString();
            Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
            // Through the server that runs, found by the data directory or named.
            await AssertAsync(source, "check");
            await AssertAsync(source, "healthcheck", $"--url={address}");
            await AssertAsync(source, "doctor");
            await AssertAsync(source, "doctor", "--server", address);
            await AssertAsync(source, "backup", "--full");
            Assert.Contains("104 flows", await AssertAsync(source, "backup", "--list"), StringComparison.Ordinal);
            Assert.Equal(0, await server.StopAsync());
        }

        // With a node of their own.
        await AssertAsync(source, "doctor");
        await AssertAsync(source, "backup");
        Assert.Contains(
            "104 flows", await AssertAsync(target, "restore", "--from", Path.Combine(source.Path, "clickhouse", "backups")),
            StringComparison.Ordinal);
    }

    private static async Task<string> AssertAsync(TestDirectory data, params string[] args)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(
            args, [.. Proxies, ("KGUARDIAN_DATA_DIR", data.Path), ("KGUARDIAN_NODE__MEMORYSHARE", "0.15")]);
        // The doctor may have something to say about this machine: 3.
        Assert.True(exitCode == 0 || (exitCode == 3 && args[0] == "doctor"), $"{string.Join(' ', args)}: {exitCode}\n{output}{error}");
        Assert.DoesNotContain("127.0.0.1:9/", error, StringComparison.Ordinal);
        return output;
    }
}
