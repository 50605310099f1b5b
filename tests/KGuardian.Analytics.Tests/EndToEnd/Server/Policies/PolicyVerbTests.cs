using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Policies;

/// <summary><c>policy propose</c>, <c>replay</c> and <c>diff</c> against a running server, as a pipeline runs them.</summary>
public sealed class PolicyVerbTests(PolicyCluster cluster) : IClassFixture<PolicyCluster>, IDisposable
{
    private const string Deny = "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: deny, namespace: shop}, spec: {podSelector: {}}}";

    private readonly string _directory = Directory.CreateTempSubdirectory("kguardian-policies-").FullName;

    [Fact]
    public async Task What_is_proposed_blocks_nothing_and_a_denial_of_all_does()
    {
        var (proposed, yaml, _) = await RunAsync("propose", "--namespace", "shop");
        var (fine, output, error) = await RunAsync("replay", File("proposed.yaml", yaml));
        var (blocked, denied, _) = await RunAsync("replay", File("deny.yaml", Deny));
        var (changed, diff, _) = await RunAsync("diff", "--before", File("proposed.yaml", yaml), "--after", File("deny.yaml", Deny), "--json");
        var (bad, _, why) = await RunAsync("replay", File("bad.yaml", "kind: Pod"));

        Assert.Equal((0, 0, 1, 1, 2), (proposed, fine, blocked, changed, bad));
        Assert.Equal("", error);
        Assert.EndsWith("of 7 flows: let through, and would be blocked 0, not known 0\n", output, StringComparison.Ordinal);
        Assert.Contains(
            "blocked by ingress of shop/deny: External 203.0.113.9 -> StatefulSet shop/web TCP 8080, 1 flows (ALLOW)", denied, StringComparison.Ordinal);
        Assert.True(JsonNode.Parse(diff)!["totals"]!["newly_blocked"]!.GetValue<int>() > 0);
        Assert.Contains("documents[0]", why, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private Task<(int ExitCode, string Output, string Error)> RunAsync(string verb, params string[] arguments) => ServerProgram.RunAsync(
        ["policy", verb, "--server", cluster.Api.Address.ToString(), "--from", "2026-05-12", "--to", "2026-05-13", .. arguments]);

    private string File(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
