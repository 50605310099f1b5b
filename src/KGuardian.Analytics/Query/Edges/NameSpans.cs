using System.Text.Json;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>What the inventory has of names within a window: who had an address, and what a pod was, from when to when. Not safe for concurrent use.</summary>
internal sealed class NameSpans
{
    /// <summary>Spans of one window, some 200 bytes each, that are held at most.</summary>
    public const int Most = 1_000_000;

    private readonly Dictionary<string, List<Span>> _pods = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<Span>> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<string, EdgeEnd> _reporters = new(StringComparer.Ordinal);
    private readonly Dictionary<string, IReadOnlyDictionary<string, string>> _labels = new(StringComparer.Ordinal);
    private readonly Dictionary<EdgeEnd, EdgeEnd> _ends = [];
    private readonly HashSet<string> _onHost = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string, string, long), EdgeEnd> _known = [];
    private readonly Dictionary<(string, string, long), EdgeEnd> _named = [];
    private readonly Dictionary<(string, long), EdgeEnd> _peers = [];

    /// <summary>Pods that had an address within the window, each as it was: several times where it changed.</summary>
    public IEnumerable<EdgeEnd> Pods =>
        _addresses.Values.SelectMany(spans => spans).Select(span => span.End).Where(end => end.Kind == EdgeEndKind.Pod).Distinct();

    /// <summary>Pods of the host's network, each as it was: their addresses are their nodes'.</summary>
    public IEnumerable<EdgeEnd> PodsOnHost =>
        _onHost.SelectMany(key => _pods.GetValueOrDefault(key) ?? []).Select(span => span.End).Distinct();

    /// <summary>Whether the inventory knows a pod by its name.</summary>
    public bool HasPod(string podNamespace, string name) => _pods.ContainsKey($"{podNamespace}/{name}");

    /// <summary>When they were read: two questions with the same names group flows alike.</summary>
    public DateTimeOffset ReadAt { get; init; }

    /// <summary>How addresses that are nobody's are grouped; null where each is an end.</summary>
    public OutsideNetworks? Outside { get; init; }

    /// <summary>Addresses that were somebody's.</summary>
    public IEnumerable<string> KnownAddresses => _addresses.Keys.Concat(_reporters.Keys);

    /// <summary>When names change, in microseconds since 1970: of pods by their name without its namespace, and of addresses.</summary>
    public IEnumerable<(bool IsAddress, string Name, long Micros)> Borders =>
        _pods.SelectMany(pod => pod.Value.Select(span => (false, pod.Key[(pod.Key.IndexOf('/', StringComparison.Ordinal) + 1)..], span.From)))
            .Concat(_addresses.SelectMany(address => address.Value.SelectMany(
                span => new[] { (true, address.Key, span.From), (true, address.Key, span.To) })));

    /// <summary>What SQL has to know of them: borders, and where addresses outside are grouped those that are not.</summary>
    public void Describe(EdgeNames table)
    {
        foreach (var (isAddress, name, micros) in Borders)
        {
            table.AddBorder(isAddress, name, micros);
        }

        // Only where others are grouped does it matter who is somebody's.
        foreach (var address in Outside is null ? [] : KnownAddresses)
        {
            table.AddKnown(address);
        }
    }

    /// <summary>Adds a pod, as namespace/name, that uses its node's network.</summary>
    public void AddOnHost(string key) => _onHost.Add(key);

    /// <summary>Adds a span, in the order of subject, key and begin.</summary>
    public void Add(bool isAddress, string key, long from, long to, string type, EdgeEnd named, string labels)
    {
        var kind = type switch { "POD" => EdgeEndKind.Pod, "NODE" => EdgeEndKind.Node, _ => EdgeEndKind.Service };
        var end = Interned(named with
        {
            Kind = kind,
            Node = NullIfEmpty(named.Node),
            WorkloadKind = NullIfEmpty(named.WorkloadKind),
            Workload = NullIfEmpty(named.Workload),
            Labels = kind == EdgeEndKind.Pod ? LabelsOf(labels) : null,
            Address = isAddress ? NameKey.Canonical(key) : null,
        });
        var all = isAddress ? _addresses : _pods;
        var at = isAddress ? end.Address! : key;
        if (!all.TryGetValue(at, out var spans))
        {
            all[at] = spans = [];
        }

        spans.Add(new Span(from, to, end));
    }

    /// <summary>Adds a pod that alone reported from an address of which the inventory knows nothing.</summary>
    public void AddReporter(string address, string podNamespace, string name)
    {
        var at = NameKey.Canonical(address);
        _reporters[at] = Reporter(podNamespace, name, at, 0);
    }

    /// <summary>The pod that reported, or its node where it has no address of its own.</summary>
    public EdgeEnd Reporter(string podNamespace, string name, string address, long at)
    {
        var key = (podNamespace, name, address, at);
        if (_known.TryGetValue(key, out var known))
        {
            return known;
        }

        var canonical = NameKey.Canonical(address);
        var had = Find(_addresses, canonical, at, orNearest: false);
        var pod = Pod(podNamespace, name, at);
        return _known[key] = Interned(
            had?.Kind == EdgeEndKind.Node ? had
            : name.Length == 0 ? had ?? Peer(address, at)
            : pod.Node is { } node && _onHost.Contains($"{podNamespace}/{name}")
                ? new EdgeEnd(EdgeEndKind.Node, "", node, node, null, null, null, NullIfEmpty(canonical))
            : pod with { Address = NullIfEmpty(canonical) });
    }

    /// <summary>The pod that reported, by its name, whatever address it has. It is known from its creation on, and for ever.</summary>
    public EdgeEnd Pod(string podNamespace, string name, long at)
    {
        if (!_named.TryGetValue((podNamespace, name, at), out var pod))
        {
            _named[(podNamespace, name, at)] = pod = Find(_pods, $"{podNamespace}/{name}", at, orNearest: true)
                ?? Interned(new EdgeEnd(EdgeEndKind.Pod, podNamespace, name, null, null, null, null, null));
        }

        return pod;
    }

    /// <summary>Who had an address.</summary>
    public EdgeEnd Peer(string address, long at)
    {
        if (_peers.TryGetValue((address, at), out var known))
        {
            return known;
        }

        var canonical = NameKey.Canonical(address);
        return _peers[(address, at)] = Find(_addresses, canonical, at, orNearest: false) ?? _reporters.GetValueOrDefault(canonical)
            ?? Interned(new EdgeEnd(EdgeEndKind.Address, "", "", null, null, null, null, Outside?.Of(canonical) ?? canonical));
    }

    private static EdgeEnd? Find(Dictionary<string, List<Span>> all, string key, long at, bool orNearest)
    {
        if (!all.TryGetValue(key, out var spans))
        {
            return null;
        }

        Span? last = null;
        foreach (var span in spans)
        {
            if (span.From <= at)
            {
                last = span;
            }
        }

        return last is not null && (orNearest || at < last.To) ? last.End : orNearest ? spans[0].End : null;
    }

    private EdgeEnd Interned(EdgeEnd end)
    {
        if (!_ends.TryGetValue(end, out var same))
        {
            _ends[end] = same = end;
        }

        return same;
    }

    private IReadOnlyDictionary<string, string> LabelsOf(string json)
    {
        if (!_labels.TryGetValue(json, out var labels))
        {
            _labels[json] = labels = JsonSerializer.Deserialize<Dictionary<string, string>>(json)!;
        }

        return labels;
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;

    private sealed record Span(long From, long To, EdgeEnd End);
}
