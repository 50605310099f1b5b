using System.Text;
using KGuardian.Analytics.Policies.Documents;
using KGuardian.Analytics.Policies.Reading;
using static KGuardian.Analytics.Tests.Unit.Policies.PolicyCases;

namespace KGuardian.Analytics.Tests.Unit.Policies;

public sealed class PolicySetReaderTests
{
    private const string Full = """
        # as kubectl prints it
        apiVersion: networking.k8s.io/v1
        kind: NetworkPolicy
        metadata:
          name: db
          namespace: shop
          labels: {team: "1"}
          annotations: {note: anything}
          creationTimestamp: "2026-01-01T00:00:00Z"
        spec:
          podSelector:
            matchLabels: &db {app: db}
            matchExpressions:
            - {key: tier, operator: In, values: [back, "9"]}
          policyTypes: [Ingress, Egress]
          ingress:
          - from:
            - namespaceSelector: {matchLabels: {team: a}}
              podSelector: {matchLabels: *db}
            - ipBlock: {cidr: 10.1.2.3/8, except: ["10.1.0.0/16"]}
            ports:
            - port: 5432
            - {port: sql, protocol: SCTP}
          egress:
          - ports: [{port: 53, protocol: UDP, endPort: 54}]
        status: {}
        """;

    [Fact]
    public void Everything_of_a_policy_is_read()
    {
        var policy = Assert.Single(Read(Full).Policies);

        Assert.Equal(("shop", "db", true, true), (policy.Namespace, policy.Name, policy.IsolatesIngress, policy.IsolatesEgress));
        Assert.Equal("app In db; tier In back,9", Text(policy.Pods));
        var ingress = Assert.Single(policy.Ingress);
        Assert.Equal(("team In a", "app In db"), (Text(ingress.Peers[0].Namespaces!), Text(ingress.Peers[0].Pods!)));
        Assert.Equal(("10.0.0.0/8", "10.1.0.0/16"), (ingress.Peers[1].Block!.Network.ToString(), string.Join(' ', ingress.Peers[1].Block!.Except)));
        Assert.Equal("Tcp  5432-5432, Sctp sql 0-0", string.Join(", ", ingress.Ports.Select(port => $"{port.Protocol} {port.Name} {port.First}-{port.Last}")));
        Assert.Equal((53, 54), (policy.Egress[0].Ports[0].First, policy.Egress[0].Ports[0].Last));

        static string Text(KGuardian.Analytics.Policies.Model.LabelSelector selector) =>
            string.Join("; ", selector.Requirements.Select(part => $"{part.Key} {part.Operator} {string.Join(',', part.Values)}"));
    }

    [Fact]
    public void Json_lists_and_several_documents_are_read()
    {
        const string Spec = """{"podSelector": {}}""";
        const string List = $$"""
            {"apiVersion": "v1", "kind": "List", "items": [
            {{"\t"}}{"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy", "metadata": {"name": "\u0061"}, "spec": {{Spec}}}]}
            """;
        const string Typed = $$"""
            {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicyList", "metadata": {}, "items": [{"metadata": {"name": "b"}, "spec": {{Spec}}}]}
            """;

        var set = Read($"---\n# nothing\n---\n{List}\n---\n{Typed}\n...\n---\n{Policy("{podSelector: {}}")}---\n{Namespace("x", "{a: b}")}", "mine");

        Assert.Equal(["mine/a", "mine/b", "shop/p"], set.Policies.Select(policy => $"{policy.Namespace}/{policy.Name}"));
        Assert.Equal("b", set.NamespaceLabels["x"]["a"]);
        Assert.Empty(Read("").Policies);
        Assert.Empty(Read("# nothing\n---\n").Policies);
        Assert.Equal("p", Read("\uFEFF" + Policy("{podSelector: {}}")).Policies[0].Name);
    }

    [Fact]
    public void Merge_keys_are_merged()
    {
        var policy = Assert.Single(Read(Policy("{podSelector: {matchLabels: {<<: [&a {app: x, tier: y}, {app: z, more: w}], tier: own}}}")).Policies);

        Assert.Equal(["app x", "more w", "tier own"], policy.Pods.Requirements.Select(part => $"{part.Key} {part.Values[0]}").Order());
    }

    public static TheoryData<string, string, string> Wrong => new()
    {
        { "{podSelector: {matchLabels: {app: 1}}}", ".podSelector.matchLabels.app", "write \"1\"" },
        { "{podSelector: {matchLabels: {app: yes}}}", ".podSelector.matchLabels.app", "write \"yes\"" },
        { "{podSelector: {matchLabels: {app: [x]}}}", ".podSelector.matchLabels.app", "not a list" },
        { "{podSelector: {matchLabels: {app: 'a b'}}}", ".podSelector.matchLabels.app", "no value of a label" },
        { "{podSelector: {matchLabels: {'a b': x}}}", ".podSelector.matchLabels.a b", "no label" },
        { "{podSelector: {matchLabels: {'/b': x}}}", ".podSelector.matchLabels./b", "no label" },
        { "{podSelector: {app: x}}", ".podSelector.app", "known are matchLabels, matchExpressions" },
        { "{podSelector: [x]}", ".podSelector", "a mapping is wanted, not a list" },
        {
            "{podSelector: {matchExpressions: [{key: a, operator: in, values: [x]}]}}",
            ".podSelector.matchExpressions[0].operator", "In, NotIn, Exists, DoesNotExist"
        },
        { "{podSelector: {matchExpressions: [{key: a, operator: In}]}}", ".podSelector.matchExpressions[0]", "In needs values" },
        { "{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [x]}]}}", ".podSelector.matchExpressions[0]", "takes no values" },
        { "{podSelector: {}, policyTypes: [ingress]}", ".policyTypes[0]", "'ingress' is no type" },
        { "{podSelector: {}, policyTypes: Ingress}", ".policyTypes", "a list is wanted, not 'Ingress'" },
        { "{podSelector: {}, ingres: []}", ".ingres", "the field is not known" },
        { "{podSelector: {}, ingress: [{to: []}]}", ".ingress[0].to", "known are ports, from" },
        { "{podSelector: {}, ingress: [{from: [{}]}]}", ".ingress[0].from[0]", "it says nobody" },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}]}", ".ingress[0].from[0].ipBlock", "no selector" },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {}}]}]}", ".ingress[0].from[0].ipBlock", "cidr is missing" },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0}}]}]}", ".ingress[0].from[0].ipBlock.cidr", "no network" },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.1/16}}]}]}", ".ingress[0].from[0].ipBlock.cidr", "no network" },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 010.0.0.0/8}}]}]}", ".ingress[0].from[0].ipBlock.cidr", "no network" },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}]}", ".ingress[0].from[0].ipBlock.cidr", "no network" },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 'fe80::%1/64'}}]}]}", ".ingress[0].from[0].ipBlock.cidr", "no network" },
        {
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/9]}}]}]}",
            ".ingress[0].from[0].ipBlock.except[0]", "no part of 10.0.0.0/8"
        },
        {
            "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [10.0.0.0/8]}}]}]}",
            ".ingress[0].from[0].ipBlock.except[0]", "no part of"
        },
        { "{podSelector: {}, ingress: [{ports: [{port: 0}]}]}", ".ingress[0].ports[0].port", "0 is no number from 1 to 65535" },
        { "{podSelector: {}, ingress: [{ports: [{port: 65536}]}]}", ".ingress[0].ports[0].port", "65536 is no number" },
        { "{podSelector: {}, ingress: [{ports: [{port: 99999999999999999999}]}]}", ".ingress[0].ports[0].port", "is no number" },
        { "{podSelector: {}, ingress: [{ports: [{port: '80'}]}]}", ".ingress[0].ports[0].port", "'80' is no port" },
        { "{podSelector: {}, ingress: [{ports: [{port: a--b}]}]}", ".ingress[0].ports[0].port", "'a--b' is no port" },
        { "{podSelector: {}, ingress: [{ports: [{port: 1.5}]}]}", ".ingress[0].ports[0].port", "1.5 is no number" },
        { "{podSelector: {}, ingress: [{ports: [{endPort: 5}]}]}", ".ingress[0].ports[0].endPort", "without port" },
        { "{podSelector: {}, ingress: [{ports: [{port: 5, endPort: 4}]}]}", ".ingress[0].ports[0].endPort", "ends with 4" },
        { "{podSelector: {}, ingress: [{ports: [{port: web, endPort: 4}]}]}", ".ingress[0].ports[0].endPort", "port's name" },
        { "{podSelector: {}, ingress: [{ports: [{protocol: tcp}]}]}", ".ingress[0].ports[0].protocol", "TCP, UDP and SCTP" },
        { "{podSelector: {}, ingress: [{ports: [{protocol: ICMP}]}]}", ".ingress[0].ports[0].protocol", "'ICMP'" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Error_names_the_field_the_line_and_what_is_allowed(string spec, string field, string problem)
    {
        var e = Assert.Throws<PolicyDocumentException>(() => Read($"\n{Policy("{podSelector: {}}", "first")}---\n{Policy(spec)}"));

        Assert.Equal(($"documents[1].spec{field}", 4), (e.Field, e.Line));
        Assert.Contains(problem, e.Problem, StringComparison.Ordinal);
    }

    public static TheoryData<string, string, int, string> WrongDocuments => new()
    {
        { "a: 1\n", "documents[0].kind", 1, "missing" },
        { "kind: NetworkPolicy\n", "documents[0].apiVersion", 1, "missing" },
        { "[]", "documents[0]", 1, "a mapping is wanted" },
        { "apiVersion: extensions/v1beta1\nkind: NetworkPolicy\n", "documents[0].apiVersion", 1, "networking.k8s.io/v1 is" },
        { "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\n", "documents[0].kind", 2, "AdminNetworkPolicy is not read" },
        { "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\n", "documents[0].kind", 2, "CiliumNetworkPolicy is not read" },
        { "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Service}\n", "documents[0].items[0].kind", 4, "v1 Service is not read" },
        { Policy("{podSelector: {}}") + "---\n" + Policy("{podSelector: {}}"), "documents[1].metadata.name", 3, "in line 1 too" },
        { Namespace("a", "{}") + "---\n" + Namespace("a", "{}"), "documents[1].metadata.name", 3, "twice" },
        { Policy("{}", "UPPER"), "documents[0].metadata.name", 1, "no name" },
        { Policy("{}", "null"), "documents[0].metadata.name", 1, "missing" },
        { Policy("{}", "a", "''"), "documents[0].metadata.namespace", 1, "no name" },
        { "{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: p}, spec: {}}", "documents[0].metadata", 1, "names no namespace" },
        { "a: 1\na: 2\n", "documents[0].a", 2, "twice, in line 1 too" },
        { "a: *x\n", "documents[0].a", 1, "stands for nothing" },
        { "a: &x [*x]\n", "documents[0].a[0]", 1, "complete before it" },
        { "a: !foo 1\n", "documents[0].a", 1, "tag" },
        { "? [a]\n: b\n", "documents[0]", 1, "keys are texts" },
        { "<<: 1\n", "documents[0].<<", 1, "only mappings" },
        { "a: \"\\ude42\\ud83d\"\n", "documents", 1, "no YAML" },
        { "a: 'x\n", "documents", 1, "no YAML" },
        { "a:\n  - b\n c\n", "documents", 3, "no YAML" },
    };

    [Theory]
    [MemberData(nameof(WrongDocuments))]
    public void Document_that_is_none_is_refused(string documents, string field, int line, string problem)
    {
        var e = Assert.Throws<PolicyDocumentException>(() => Read(documents));

        Assert.Equal((field, line), (e.Field, e.Line));
        Assert.Contains(problem, e.Problem, StringComparison.Ordinal);
    }

    public static TheoryData<string> Hostile =>
    [
        new string('[', 1 << 20), new string('{', 1 << 20), string.Concat(Enumerable.Repeat("- ", 1 << 19)), string.Concat(Enumerable.Repeat("? ", 1 << 19)),
        string.Concat(Enumerable.Repeat("[a,", 1 << 18)), string.Concat(Enumerable.Repeat("&a ", 1 << 18)),
        "a: &a [x, x, x, x, x, x, x, x, x]\n" + string.Concat(Enumerable.Range('b', 12).Select(
            c => $"{(char)c}: &{(char)c} [{string.Join(", ", Enumerable.Repeat($"*{(char)(c - 1)}", 9))}]\n")),
        "a: &a {x: 1, y: 2}\n" + string.Concat(Enumerable.Range('b', 24).Select(
            c => $"{(char)c}: &{(char)c} {{<<: *{(char)(c - 1)}, p{c}: *{(char)(c - 1)}, q{c}: *{(char)(c - 1)}}}\n")),
        new string('x', (1 << 20) + 1),
    ];

    [Theory]
    [MemberData(nameof(Hostile))]
    public void Hostile_document_is_refused_at_little_cost(string documents)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();

        Assert.Throws<PolicyDocumentException>(() => Read(documents));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 500 << 20);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_refused_with_their_line()
    {
        var e = Assert.Throws<PolicyDocumentException>(() => PolicySetReader.Read([(byte)'a', (byte)'\n', 0xFF]));

        Assert.Equal(2, e.Line);
    }

    public static TheoryData<string, string, string> Warned => new()
    {
        { "{}", "spec.podSelector", "every pod of the namespace" },
        { "null", "spec", "every pod" },
        { "{podSelector: {}, policyTypes: [Egress], ingress: [{}]}", "spec.ingress", "policyTypes does not name Ingress" },
        { "{podSelector: {}, policyTypes: [Ingress], egress: [{}]}", "spec.egress", "policyTypes does not name Egress" },
        { "{podSelector: {}, egress: []}", "spec.egress", "isolates nothing" },
    };

    [Theory]
    [MemberData(nameof(Warned))]
    public void What_is_most_likely_not_meant_is_warned_of(string spec, string field, string problem)
    {
        var warning = Assert.Single(Read(Policy(spec)).Warnings);

        Assert.Equal(($"documents[0].{field}", 1L), (warning.Field, warning.Line));
        Assert.Contains(problem, warning.Problem, StringComparison.Ordinal);
    }

    /// <summary>Damaged documents are read, or refused as such: nothing else is thrown, and none takes long.</summary>
    [Fact]
    public void Damaged_documents_are_read_or_refused()
    {
        var random = new Random(1);
        var whole = Encoding.UTF8.GetBytes(Full);
        const string Pieces = "{}[]:,-?&*!|>'\"%@`#\n\t ~<\\ax1\0";
        var (read, refused) = (0, 0);
        for (var i = 0; i < 20_000; i++)
        {
            var bytes = (byte[])whole.Clone();
            for (var change = random.Next(1, 4); change > 0; change--)
            {
                bytes[random.Next(bytes.Length)] = random.Next(8) == 0 ? (byte)random.Next(256) : (byte)Pieces[random.Next(Pieces.Length)];
            }

            try
            {
                PolicySetReader.Read(bytes.AsSpan(0, random.Next(4) == 0 ? random.Next(bytes.Length) : bytes.Length));
                read++;
            }
            catch (PolicyDocumentException e)
            {
                Assert.InRange(e.Line, 1, 40);
                refused++;
            }
        }

        Assert.True(read > 1_000 && refused > 5_000, $"{read} read, {refused} refused");
    }
}
