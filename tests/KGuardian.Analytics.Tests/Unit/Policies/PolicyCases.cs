using System.Net;
using System.Text;
using KGuardian.Analytics.Policies.Evaluation;
using KGuardian.Analytics.Policies.Model;
using KGuardian.Analytics.Policies.Reading;

namespace KGuardian.Analytics.Tests.Unit.Policies;

/// <summary>Short ways to write policies and connections in tests.</summary>
internal static class PolicyCases
{
    public static PolicySet Read(string documents, string? defaultNamespace = null) =>
        PolicySetReader.Read(Encoding.UTF8.GetBytes(documents), defaultNamespace);

    /// <summary>A policy <c>p</c> of the namespace <c>shop</c>, whose spec is given as YAML in braces.</summary>
    public static string Policy(string spec, string name = "p", string space = "shop") =>
        $"{{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {{name: {name}, namespace: {space}}}, spec: {spec}}}\n";

    public static string Namespace(string name, string labels) =>
        $"{{apiVersion: v1, kind: Namespace, metadata: {{name: {name}, labels: {labels}}}}}\n";

    /// <summary>A pod by its labels, as in <c>app=web,tier=front</c>; <c>?</c> for unknown ones.</summary>
    public static PolicyEndpoint Pod(string space, string labels, string address = "10.0.0.1", string? node = "n1", string? ports = "") => new(
        new PolicyPod(space, labels.Replace('=', '-').Replace(',', '-'), labels == "?" ? null : Pairs(labels).ToDictionary(StringComparer.Ordinal))
        {
            Ports = ports is null ? null : Pairs(ports).ToDictionary(pair => (PolicyProtocol.Tcp, pair.Key), pair => int.Parse(pair.Value, null)),
        },
        IPAddress.Parse(address), node);

    public static PolicyEndpoint Node(string name, string address) => new(null, IPAddress.Parse(address), name);

    public static PolicyEndpoint Outside(string address) => new(null, IPAddress.Parse(address), null);

    public static ConnectionVerdict Judge(string documents, PolicyEndpoint client, PolicyEndpoint server, int? port = 80, int protocol = 6) =>
        new PolicyEvaluator(Read(documents)).Judge(new PolicyConnection(client, server, protocol, port));

    private static IEnumerable<KeyValuePair<string, string>> Pairs(string text) =>
        text.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(pair => pair.Split('='))
            .Select(pair => new KeyValuePair<string, string>(pair[0], pair[1]));
}
