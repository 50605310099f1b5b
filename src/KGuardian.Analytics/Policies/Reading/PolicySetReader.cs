using KGuardian.Analytics.Policies.Documents;
using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Reading;

/// <summary>
/// Reads NetworkPolicy documents, and Namespace documents for their labels, alone or in a List. Every other kind is refused by its name: a policy that
/// is left out would make the answer about the rest wrong.
/// </summary>
internal sealed class PolicySetReader
{
    private const string NetworkingApi = "networking.k8s.io/v1";
    private const string CoreApi = "v1";

    private readonly string? _defaultNamespace;
    private readonly Dictionary<(string Namespace, string Name), long> _lines = [];
    private readonly List<NetworkPolicy> _policies = [];
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _namespaces = new(StringComparer.Ordinal);
    private readonly List<PolicyWarning> _warnings = [];

    private PolicySetReader(string? defaultNamespace) => _defaultNamespace = defaultNamespace;

    /// <summary>Reads them.</summary>
    /// <param name="documents">YAML or JSON, one document or several.</param>
    /// <param name="defaultNamespace">The namespace of policies that name none; without it they are an error.</param>
    /// <exception cref="PolicyDocumentException">They are not what they have to be.</exception>
    public static PolicySet Read(ReadOnlySpan<byte> documents, string? defaultNamespace = null)
    {
        var reader = new PolicySetReader(defaultNamespace);
        var nodes = DocumentReader.Read(documents);
        for (var at = 0; at < nodes.Count; at++)
        {
            reader.ReadObject(new DocumentField($"documents[{at}]", nodes[at]));
        }

        return new PolicySet(reader._policies, reader._namespaces, reader._warnings);
    }

    private void ReadObject(DocumentField document)
    {
        var kind = Required(document, "kind");
        var api = Required(document, "apiVersion");
        switch (kind.Text(), api.Text())
        {
            case ("NetworkPolicy", NetworkingApi):
                ReadPolicy(document);
                break;
            case ("Namespace", CoreApi):
                ReadNamespace(document);
                break;
            case ("List", CoreApi):
            case ("NetworkPolicyList", NetworkingApi):
            case ("NamespaceList", CoreApi):
                document.OnlyWith("apiVersion", "kind", "metadata", "items");
                ReadItems(document, ItemKind(kind.Text()));
                break;
            case ("NetworkPolicy" or "NetworkPolicyList", var other):
                throw api.Wrong($"NetworkPolicy of {DocumentField.Shown(other)} is not read; {NetworkingApi} is");
            default:
                throw kind.Wrong(
                    $"{DocumentField.Shown(api.Text())} {DocumentField.Shown(kind.Text())} is not read; "
                    + $"NetworkPolicy ({NetworkingApi}), Namespace and lists of them are");
        }
    }

    /// <summary>Items of a typed list name no kind of their own.</summary>
    private static string? ItemKind(string list) => list == "List" ? null : list[..^"List".Length];

    private void ReadItems(DocumentField list, string? kind)
    {
        foreach (var item in list.Find("items")?.Items() ?? [])
        {
            if (item.Find("kind") is not null || kind is null)
            {
                ReadObject(item);
            }
            else if (kind == "Namespace")
            {
                ReadNamespace(item);
            }
            else
            {
                ReadPolicy(item);
            }
        }
    }

    private void ReadPolicy(DocumentField document)
    {
        document.OnlyWith("apiVersion", "kind", "metadata", "spec", "status");
        var metadata = Required(document, "metadata");
        var name = Required(metadata, "name");
        var policy = (Namespace: NamespaceOf(metadata), Name: LabelText.CheckedName(name));
        if (!_lines.TryAdd(policy, name.Node.Line))
        {
            throw name.Wrong($"the policy {policy.Namespace}/{policy.Name} stands there twice, in line {_lines[policy]} too");
        }

        _policies.Add(new PolicySpecReader(_warnings).Read(document, policy.Namespace, policy.Name));
    }

    private string NamespaceOf(DocumentField metadata) => metadata.Find("namespace") is { } given ? LabelText.CheckedName(given)
        : _defaultNamespace
            ?? throw metadata.Wrong("the policy names no namespace: write metadata.namespace, or say which one is meant where none is named");

    private void ReadNamespace(DocumentField document)
    {
        var metadata = Required(document, "metadata");
        var name = Required(metadata, "name");
        var labels = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in metadata.Find("labels")?.Entries() ?? [])
        {
            labels[LabelText.CheckedKey(key, value)] = LabelText.CheckedValue(value);
        }

        if (!_namespaces.TryAdd(LabelText.CheckedName(name), labels))
        {
            throw name.Wrong($"the namespace {name.Text()} stands there twice");
        }
    }

    private static DocumentField Required(DocumentField parent, string key) =>
        parent.Find(key) ?? throw new PolicyDocumentException($"{parent.Path}.{key}", parent.Node.Line, "it is missing");
}
