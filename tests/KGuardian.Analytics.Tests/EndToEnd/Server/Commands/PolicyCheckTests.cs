using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary><c>policy check</c> on files, as a pipeline runs it.</summary>
public sealed class PolicyCheckTests : IDisposable
{
    private const string Good = """
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata: {name: db, namespace: shop}
        spec:
          podSelector: {matchLabels: {app: db}}
          ingress:
          - from: [{podSelector: {matchLabels: {app: web}}}]
        """;

    private readonly string _directory = Directory.CreateTempSubdirectory("kguardian-policies-").FullName;

    [Fact]
    public async Task Good_ones_are_listed()
    {
        var (exitCode, output, error) = await CheckAsync(File("good.yaml", Good));

        Assert.Equal((0, "shop/db isolates ingress (1 rule) of pods with app=db\n", ""), (exitCode, output, error));
    }

    [Fact]
    public async Task Warnings_end_with_3_and_errors_with_4_and_all_files_are_read()
    {
        var odd = File("odd.yaml", Good.Replace("name: db", "name: odd", StringComparison.Ordinal) + "\n  policyTypes: [Egress]\n");
        var bad = File("bad.yaml", Good.Replace("app: web", "app: 1", StringComparison.Ordinal));
        var good = File("good.yaml", Good);

        var (warned, output, _) = await CheckAsync(odd);
        Assert.Equal(3, warned);
        Assert.Equal($"{odd}:7: warning: documents[0].spec.ingress: its 1 rules do nothing, as policyTypes does not name Ingress", LastLine(output));
        (var failed, output, _) = await CheckAsync(bad, good, good);
        Assert.Equal(4, failed);
        Assert.Contains($"{bad}:7: error: documents[0].spec.ingress[0].from[0].podSelector.matchLabels.app: ", output, StringComparison.Ordinal);
        Assert.Contains("shop/db isolates ingress", output, StringComparison.Ordinal);
        Assert.Contains($"the policy shop/db is in {good} too", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Json_has_the_same()
    {
        var file = File("a.yaml", Good.Replace(", namespace: shop", "", StringComparison.Ordinal));
        var (exitCode, output, _) = await CheckAsync("--json", "--namespace", "mine", file);

        var json = JsonDocument.Parse(output).RootElement;
        Assert.Equal((0, "mine", 1, 0), (exitCode, json.GetProperty("policies")[0].GetProperty("namespace").GetString(),
            json.GetProperty("policies")[0].GetProperty("ingressRules").GetInt32(), json.GetProperty("findings").GetArrayLength()));
    }

    [Fact]
    public async Task File_that_cannot_be_read_is_named()
    {
        var (exitCode, _, error) = await CheckAsync(Path.Combine(_directory, "none.yaml"));

        Assert.Equal(1, exitCode);
        Assert.Contains("none.yaml", error, StringComparison.Ordinal);
        // Larger than what is taken: refused, not read to its end.
        (exitCode, var output, _) = await CheckAsync(File("large.yaml", new string('#', 2 << 20)));
        Assert.Equal(4, exitCode);
        Assert.Contains("at most 1048576 are taken", output, StringComparison.Ordinal);
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    private static Task<(int ExitCode, string Output, string Error)> CheckAsync(params string[] arguments) =>
        ServerProgram.RunAsync(["policy", "check", .. arguments]);

    private static string LastLine(string text) => text.TrimEnd('\n').Split('\n')[^1];

    private string File(string name, string text)
    {
        var path = Path.Combine(_directory, name);
        System.IO.File.WriteAllText(path, text);
        return path;
    }
}
