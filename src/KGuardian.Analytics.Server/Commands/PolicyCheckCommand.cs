using System.CommandLine;
using System.Text.Json;
using KGuardian.Analytics.Policies.Documents;
using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Reading;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>policy check</c>: reads NetworkPolicy documents as everything here reads them, and says what they do. Needs no server.</summary>
internal sealed class PolicyCheckCommand : Verb
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerOptions.Web) { WriteIndented = true };

    private readonly Argument<string[]> _files = new("file")
    {
        Description = "Files with YAML or JSON, one document or several each; - for standard input.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string?> _namespace = new("--namespace")
    {
        Description = "The namespace of policies that name none. Default: there may be none of those.",
        HelpName = "name",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    public PolicyCheckCommand()
        : base(
            "check",
            "Reads network policies and says what each isolates, what is wrong and what is most likely not meant. "
                + "Ends with 3 when there is something of the latter, with 4 when there is something wrong.",
            """
              kguardian-analytics policy check policies/*.yaml
              kubectl get networkpolicies --all-namespaces -o json | kguardian-analytics policy check -
              helm template shop | kguardian-analytics policy check --namespace shop -      # refuses what is no policy
            """)
    {
        // What is no option is taken for a file.
        _files.Validators.Add(given =>
        {
            if (given.Tokens.FirstOrDefault(token => token.Value is ['-', _, ..])?.Value is { } odd)
            {
                given.AddError($"'{odd}' is no option of 'policy check', and no file's name; ./{odd} would be one.");
            }
        });
        Add(_files);
        Add(_namespace);
        Add(_json);
    }

    public override bool TakesSettings => false;

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var policies = new List<(string File, NetworkPolicy Policy)>();
        var findings = new List<Finding>();
        foreach (var file in arguments.GetValue(_files)!)
        {
            try
            {
                var set = PolicySetReader.Read(await ReadAsync(file, cancellationToken), arguments.GetValue(_namespace));
                foreach (var policy in set.Policies)
                {
                    if (policies.Find(known => known.Policy.Namespace == policy.Namespace && known.Policy.Name == policy.Name).File is { } other)
                    {
                        findings.Add(new Finding(file, 1, "documents", $"the policy {policy.Namespace}/{policy.Name} is in {other} too", IsError: true));
                    }

                    policies.Add((file, policy));
                }

                findings.AddRange(set.Warnings.Select(warning => new Finding(file, warning.Line, warning.Field, warning.Problem, IsError: false)));
            }
            catch (PolicyDocumentException e)
            {
                findings.Add(new Finding(file, e.Line, e.Field, e.Problem, IsError: true));
            }
        }

        Console.Out.Write(arguments.GetValue(_json) ? AsJson(policies, findings) : AsLines(policies, findings));
        return findings.Any(finding => finding.IsError) ? ExitCode.Errors : findings.Count > 0 ? ExitCode.Warnings : ExitCode.Fine;
    }

    /// <summary>One byte more than is taken, so that the reader says so.</summary>
    private static async Task<byte[]> ReadAsync(string file, CancellationToken cancellationToken)
    {
        await using var stream = file == "-" ? Console.OpenStandardInput() : File.OpenRead(file);
        var bytes = new byte[DocumentReader.MaxBytes + 1];
        var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
        return bytes[..read];
    }

    private static string AsLines(List<(string File, NetworkPolicy Policy)> policies, List<Finding> findings) => string.Concat(
        policies.Select(entry => $"{entry.Policy.Namespace}/{entry.Policy.Name} isolates {Directions(entry.Policy)} of {Pods(entry.Policy)}\n")
            .Concat(findings.Select(finding =>
                $"{finding.File}:{finding.Line}: {(finding.IsError ? "error" : "warning")}: {finding.Field}: {finding.Problem}\n")));

    private static string AsJson(List<(string File, NetworkPolicy Policy)> policies, List<Finding> findings) => JsonSerializer.Serialize(
        new
        {
            policies = policies.Select(entry => new
            {
                entry.File,
                entry.Policy.Namespace,
                entry.Policy.Name,
                entry.Policy.IsolatesIngress,
                entry.Policy.IsolatesEgress,
                ingressRules = entry.Policy.Ingress.Count,
                egressRules = entry.Policy.Egress.Count,
            }),
            findings,
        },
        Json) + "\n";

    private static string Directions(NetworkPolicy policy) => (policy.IsolatesIngress, policy.IsolatesEgress) switch
    {
        (true, true) => $"ingress ({Rules(policy.Ingress)}) and egress ({Rules(policy.Egress)})",
        (true, false) => $"ingress ({Rules(policy.Ingress)})",
        _ => $"egress ({Rules(policy.Egress)})",
    };

    private static string Rules(IReadOnlyList<PolicyRule> rules) => rules.Count switch { 0 => "nothing allowed", 1 => "1 rule", var more => $"{more} rules" };

    private static string Pods(NetworkPolicy policy) => policy.Pods.Requirements.Count == 0 ? "all pods"
        : $"pods with {string.Join(", ", policy.Pods.Requirements)}";

    /// <summary>Something that is wrong, or most likely not meant.</summary>
    private sealed record Finding(string File, long Line, string Field, string Problem, bool IsError);
}
