using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Packages;

/// <summary>The Helm chart, rendered by Helm, and checked by what the server says of its settings and routes.</summary>
public sealed class ChartTests
{
    private static readonly string Chart = Repository.At("deploy", "helm", "kguardian-analytics");

    [Fact]
    public async Task Chart_renders_to_what_a_cluster_and_the_server_take()
    {
        Needs.Helm();
        var output = await NpmTool.RunAsync("chart.js", Chart);

        Assert.Matches(@"^\d{3,} checks", output);
        var servers = PackagedServer.Parse(output);
        Assert.True(servers.Length >= 9, output);
        foreach (var server in servers)
        {
            var report = await server.CheckAsync(
                "/etc/kguardian/tokens", "/etc/kguardian/clickhouse", "/etc/kguardian/clickhouse-tls",
                "/etc/kguardian/oidc-tls", "/etc/kguardian/secrets");
            Assert.Equal("[::]:9090", report.GetProperty("LISTEN_ADDR").GetString());
            if (!server.Name.StartsWith("ci/full", StringComparison.Ordinal))
            {
                continue;
            }
            // Helm itself would write 1e+08.
            Assert.Equal(2_000_000_000, report.GetProperty("Dedup").GetProperty("MemoryBytes").GetInt64());
            Assert.Equal(90, report.GetProperty("Retention").GetProperty("Days").GetInt32());
            Assert.Equal(0.4, report.GetProperty("Node").GetProperty("MemoryShare").GetDouble());
            Assert.Equal("https://keycloak.example.com:8443/realms/cluster", report.GetProperty("Auth").GetProperty("OidcAuthority").GetString());
            Assert.Equal("realm_access.roles", report.GetProperty("Auth").GetProperty("OidcRoleClaim").GetString());
            Assert.Equal("sre", report.GetProperty("Auth").GetProperty("OidcReadRole").GetString());
        }

        var routes = await ServerRoutes.ReadAsync();
        var paths = JsonDocument.Parse(output.TrimEnd('\n').Split('\n')[^1]).RootElement.GetProperty("paths").EnumerateArray();
        Assert.All(paths, path => Assert.Contains(("GET", path.GetString()!), routes));
    }

    /// <summary>Of IPv6 alone, OpenShift, as a dependency, with Secrets of theirs, with wishes for each workload.</summary>
    [Fact]
    public async Task Chart_fits_the_clusters_that_people_have()
    {
        Needs.Helm();
        Assert.Matches(@"^\d{3,} checks", await NpmTool.RunAsync("environments.js", Chart));
    }

    [Fact]
    public async Task Router_sends_each_request_to_the_one_it_is_for()
    {
        Needs.Programs("nginx");
        Needs.Helm();
        Assert.Matches(@"^\d{2,} checks", await NpmTool.RunAsync("router.js", Chart));
    }

    [Fact]
    public void Version_of_the_chart_is_the_project_s()
    {
        var lines = File.ReadAllLines(Path.Combine(Chart, "Chart.yaml"));

        Assert.Contains($"version: {Repository.Version}", lines);
        Assert.Contains($"appVersion: {Repository.Version}", lines);
    }
}
