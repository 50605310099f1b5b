using System.Net;
using System.Text.RegularExpressions;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Packages;

/// <summary>The addresses that packages listen on, and who is asked for them.</summary>
public sealed class ListeningTests
{
    [Fact]
    public async Task Every_address_is_that_of_both_protocols()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await ServerProcess.StartAsync(store.DataDirectory, [.. store.SettingsAt(store.Endpoint.Url), ("LISTEN_ADDR", "[::]:0")]);
        var port = server.Api.Address.Port;

        foreach (var host in System.Net.Sockets.Socket.OSSupportsIPv6 ? new[] { "127.0.0.1", "[::1]" } : ["127.0.0.1"])
        {
            using var client = new HttpClient();
            Assert.Equal(HttpStatusCode.OK, (await client.GetAsync(new Uri($"http://{host}:{port}/version"))).StatusCode);
        }

        // Commands find it by its data directory, and by its setting.
        Assert.Matches(@"^http://127\.0\.0\.1:\d+$", $"{ServerAddress.Find(store.DataDirectory)}".TrimEnd('/'));
        await Patience.UntilAsync("it is healthy where it listens", async () =>
            await ServerProgram.RunAsync(["healthcheck"], ("LISTEN_ADDR", $"[::]:{port}")) == (0, "Healthy!\n", ""));
    }

    [Theory]
    [InlineData("0.0.0.0:9090", "http://127.0.0.1:9090/")]
    [InlineData("[::]:9090", "http://127.0.0.1:9090/")]
    [InlineData("127.0.0.2:9090", "http://127.0.0.2:9090/")]
    [InlineData("[::1]:9090", "http://[::1]:9090/")]
    [InlineData("[fd00::2]:80", "http://[fd00::2]/")]
    public void Server_is_asked_where_it_listens(string listen, string asked) =>
        Assert.Equal(asked, ServerAddress.Reach(IPEndPoint.Parse(listen)).ToString());

    /// <summary>As container runtimes switch it off: there is no ::1, and [::] is IPv4's alone.</summary>
    [Fact]
    public async Task Every_address_is_that_of_IPv4_where_IPv6_is_switched_off()
    {
        Needs.Root("unshare", "ip", "sysctl");
        using var data = new TestDirectory();
        // Ends with the script, however that ends: all of its process ids are a namespace's.
        const string Script = """
            ip link set lo up && sysctl -q net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.lo.disable_ipv6=1 || exit 9
            "$0" >"$KGUARDIAN_DATA_DIR/log" 2>&1 &
            for try in $(seq 400); do
              kill -0 $! || break
              "$0" healthcheck && exit 0
              sleep 0.1
            done
            cat "$KGUARDIAN_DATA_DIR/log"
            exit 1
            """;

        var (exitCode, output) = await Command.TryAsync(
            [("LISTEN_ADDR", "[::]:9090"), ("KGUARDIAN_DATA_DIR", data.Path), ("KGUARDIAN_NODE__MEMORYSHARE", "0.1")],
            "unshare", "--net", "--pid", "--fork", "--kill-child", "--mount-proc", "bash", "-c", Script, ServerProgram.Path);

        Assert.True(exitCode == 0, output);
        Assert.EndsWith("Healthy!\n", Regex.Replace(output, @"^http://127\.0\.0\.1:9090/health: .*\n", "", RegexOptions.Multiline), StringComparison.Ordinal);
    }
}
