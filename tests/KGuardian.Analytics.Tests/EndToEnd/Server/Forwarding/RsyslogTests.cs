using System.Globalization;
using System.Net;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Forwarding;

/// <summary>Forwarding to Debian's rsyslog, either of the two killed in between.</summary>
public sealed partial class RsyslogTests
{
    private const int Flows = 10_000;
    private static readonly (string, string) Loopback = ("KGUARDIAN_FORWARDING__ALLOWEDTARGETS", "127.0.0.0/8");

    [Fact]
    public async Task Every_event_comes_over_Tcp_in_order_when_the_receiver_is_killed()
    {
        Needs.Programs("rsyslogd");
        await using var receiver = new RsyslogReceiver("tcp");
        await receiver.StartAsync();
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(Loopback);
        await CreateAsync(server, receiver, "tcp");

        await PostAsync(server, 0, Flows / 2);
        await Patience.UntilAsync("the receiver has some", async () => (await receiver.ReadAsync()).Length > 0);
        await receiver.KillAsync();
        await PostAsync(server, Flows / 2, Flows / 2);
        await receiver.StartAsync();

        await AssertAllAsync(store, receiver);
    }

    [Fact]
    public async Task Every_event_comes_over_Tls_in_order_when_the_server_is_killed()
    {
        Needs.Programs("rsyslogd");
        Assert.SkipUnless(
            Directory.GetDirectories("/usr/lib").Any(folder => File.Exists(Path.Combine(folder, "rsyslog", "lmnsd_gtls.so"))),
            "rsyslog's TLS is not there (Debian's package rsyslog-gnutls)");
        using var authority = new TestAuthority("receivers");
        using var certificate = authority.Issue("127.0.0.1");
        using var client = authority.Issue("kguardian");
        await using var receiver = new RsyslogReceiver("tls", certificate, authority.Pem);
        await receiver.StartAsync();
        await using var store = await RemoteStore.CreateAsync();
        await using (var server = await store.StartServerAsync(Loopback))
        {
            var info = new JsonObject
            {
                ["CaCertificate"] = authority.Pem,
                ["ClientCertificate"] = client.ExportCertificatePem(),
                ["ClientKey"] = System.Security.Cryptography.X509Certificates.ECDsaCertificateExtensions.GetECDsaPrivateKey(client)!.ExportPkcs8PrivateKeyPem(),
            };
            await CreateAsync(server, receiver, "tls", info, "ACTIVITY_AUDIT");
            await PostAsync(server, 0, Flows);
            await Patience.UntilAsync("the receiver has some", async () => (await receiver.ReadAsync()).Length > 0);
            await server.KillAsync();
        }

        await using var next = await store.StartServerAsync(Loopback);

        await AssertAllAsync(store, receiver);
    }

    [Fact]
    public async Task Events_come_over_Udp_which_says_that_it_is_best_effort()
    {
        Needs.Programs("rsyslogd");
        await using var receiver = new RsyslogReceiver("udp");
        await receiver.StartAsync();
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(Loopback);
        var created = await CreateAsync(server, receiver, "udp", channel: "ACTIVITY_AUDIT");
        Assert.Equal("best-effort", created["state"]!["delivery"]!.GetValue<string>());
        var odd = FlowEvent.Of("a\"b]c\\d\ne", 1) with { PodNamespace = "größe", PodIp = "10.9.9.9" };

        await server.Api.PostBatchAsync([odd]);

        await Patience.UntilAsync("the event came", async () => (await receiver.ReadAsync()).Length == 2);
        var line = (await receiver.ReadAsync())[1];
        var (data, text) = (line[..line.IndexOf("]|", StringComparison.Ordinal)], line[(line.IndexOf("]|", StringComparison.Ordinal) + 2)..]);
        Assert.Contains("""
            namespace="größe" pod="a\"b\]c\\d e"
            """, data, StringComparison.Ordinal);
        Assert.All(text, c => Assert.InRange(c, ' ', '~'));
        var labels = JsonNode.Parse(text)!["labels"]!;
        Assert.Equal(("größe", odd.PodName), (labels["kubernetes.namespace.name"]!.GetValue<string>(), labels["kubernetes.pod.name"]!.GetValue<string>()));
    }

    /// <summary>Every flow is there, and the first time that each came is in the order in which they arrived.</summary>
    private static async Task AssertAllAsync(RemoteStore store, RsyslogReceiver receiver)
    {
        string[] Came(IEnumerable<string> lines) =>
            [.. lines.Select(line => Client().Match(line)).Where(match => match.Success).Select(match => match.Groups["ip"].Value).Distinct()];

        string[] came = [];
        await Patience.UntilAsync("all events came", async () => (came = Came(await receiver.ReadAsync())).Length >= Flows);
        var stored = (await store.SqlAsync("SELECT traffic_in_out_ip FROM kguardian.traffic ORDER BY sequence")).Split('\n');
        Assert.Equal(Flows, stored.Length);
        Assert.Equal(stored, came);
    }

    private static async Task PostAsync(ServerProcess server, int first, int count)
    {
        foreach (var batch in Enumerable.Range(first, count).Select(n => FlowEvent.Of("shop-0", n) with { Decision = "DROP" }).Chunk(1000))
        {
            Assert.Equal(batch.Length, await server.Api.PostBatchAsync(batch));
        }
    }

    private static async Task<JsonNode> CreateAsync(
        ServerProcess server, RsyslogReceiver receiver, string protocol, JsonObject? info = null, string? channel = null)
    {
        info ??= [];
        info["ServiceURL"] = "127.0.0.1";
        info["ServicePort"] = receiver.Port;
        info["Protocol"] = protocol;
        var order = new JsonObject { ["name"] = "rsyslog", ["type"] = "syslog", ["connectionInfo"] = info };
        if (channel is not null)
        {
            order["channels"] = new JsonArray(channel);
        }

        using var answer = await server.Api.PostAsync("/api/v1/eventsForwarding/integrations", order.ToJsonString());
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.Created, text);
        var created = JsonNode.Parse(text)!;
        using var tested = await server.Api.PostAsync(
            string.Create(CultureInfo.InvariantCulture, $"/api/v1/eventsForwarding/integrations/{created["id"]!.GetValue<long>()}/test"), "{}");
        Assert.Contains("\"delivered\":true", await tested.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await Patience.UntilAsync(
            "the test came", async () => (await receiver.ReadAsync()) is [var line] && line.Contains("\"type\":\"test\"", StringComparison.Ordinal));
        return created;
    }

    [GeneratedRegex("clientIp=\"(?<ip>[^\"]+)\"")]
    private static partial Regex Client();
}
