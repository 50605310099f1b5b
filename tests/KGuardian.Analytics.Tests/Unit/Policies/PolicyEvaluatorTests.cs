using KGuardian.Analytics.Policies.Evaluation;
using static KGuardian.Analytics.Tests.Unit.Policies.PolicyCases;

namespace KGuardian.Analytics.Tests.Unit.Policies;

/// <summary>What Kubernetes' documentation says of NetworkPolicy, line by line.</summary>
public sealed class PolicyEvaluatorTests
{
    private static readonly PolicyEndpoint Web = Pod("shop", "app=web", "10.0.0.1");
    private static readonly PolicyEndpoint Db = Pod("shop", "app=db", "10.0.0.2", ports: "sql=5432");
    private static readonly PolicyEndpoint OtherWeb = Pod("other", "app=web", "10.0.9.1");

    public static TheoryData<string, string, bool> Ingress => new()
    {
        // By default, a pod is non-isolated for ingress.
        { "{podSelector: {matchLabels: {app: web}}}", "isolates others only", true },
        // Isolated by any policy that selects it and has "Ingress" in its policyTypes, which is the default.
        { "{podSelector: {}}", "an empty selector selects all", false },
        { "{podSelector: {matchLabels: {app: db}}}", "no rule", false },
        { "{podSelector: {matchLabels: {app: db}}, ingress: []}", "empty rules", false },
        { "{podSelector: {matchLabels: {app: db}}, ingress: [{}]}", "an empty rule allows all", true },
        { "{podSelector: {matchLabels: {app: db}}, ingress: [{from: []}]}", "empty peers are all", true },
        { "{podSelector: {matchLabels: {app: db}}, ingress: [{ports: []}]}", "empty ports are all", true },
        { "{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress]}", "egress only", true },
        { "{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress], ingress: []}", "ingress without its type does nothing", true },
        // Peers.
        { "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}", "pods of the policy's namespace", true },
        { "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: db}}}]}]}", "other pods", false },
        { "{podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}", "all pods of the namespace", true },
        { "{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}", "all pods of all namespaces", true },
        {
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}]}]}",
            "every namespace has its name for a label", true
        },
        {
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}, "
                + "podSelector: {matchLabels: {app: web}}}]}]}",
            "one peer with both: both have to match", false
        },
        {
            "{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: other}}}, "
                + "{podSelector: {matchLabels: {app: web}}}]}]}",
            "two peers: either", true
        },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/24}}]}]}", "addresses are those of pods too", true },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/24, except: [10.0.0.0/31]}}]}]}", "but for some", false },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/24, except: [10.0.0.2/31]}}]}]}", "but for others", true },
        { "{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]}", "of the other family", false },
        // Ports.
        { "{podSelector: {}, ingress: [{ports: [{port: 80}]}]}", "TCP by default", true },
        { "{podSelector: {}, ingress: [{ports: [{port: 80, protocol: UDP}]}]}", "another protocol", false },
        { "{podSelector: {}, ingress: [{ports: [{protocol: TCP}]}]}", "every port of a protocol", true },
        { "{podSelector: {}, ingress: [{ports: [{protocol: SCTP}, {port: 81}]}]}", "none of them", false },
        { "{podSelector: {}, ingress: [{ports: [{port: 32, endPort: 80}]}]}", "the last of a range", true },
        { "{podSelector: {}, ingress: [{ports: [{port: 32, endPort: 79}]}]}", "beside a range", false },
        { "{podSelector: {}, ingress: [{ports: [{port: sql}]}]}", "a port of that name is another one", false },
        { "{podSelector: {}, ingress: [{ports: [{port: none}]}]}", "no port of that name", false },
        // Peer and port of one rule belong together.
        {
            "{podSelector: {}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}], ports: [{port: 81}]}, "
                + "{from: [{podSelector: {matchLabels: {app: db}}}], ports: [{port: 80}]}]}",
            "peer of one rule, port of another", false
        },
        // Expressions.
        { "{podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [db, x]}]}}", "not in: selects others", true },
        { "{podSelector: {matchExpressions: [{key: none, operator: NotIn, values: [db]}]}}", "a label that is not there is in no list", false },
        { "{podSelector: {matchExpressions: [{key: app, operator: Exists}, {key: none, operator: DoesNotExist}]}}", "both", false },
        { "{podSelector: {matchLabels: {app: db}, matchExpressions: [{key: app, operator: In, values: [x]}]}}", "labels and expressions add up", true },
    };

    [Theory]
    [MemberData(nameof(Ingress))]
    public void Ingress_is_judged_as_documented(string spec, string why, bool allowed)
    {
        Assert.Equal((why, allowed ? Truth.Yes : Truth.No), (why, Judge(Policy(spec), Web, Db).IsAllowed));
        // Written the other way round it is about what the server's end may open.
        var mirrored = spec.Contains("policyTypes", StringComparison.Ordinal) ? null
            : spec.Replace("ingress:", "egress:", StringComparison.Ordinal).Replace("from:", "to:", StringComparison.Ordinal)
                .Insert(1, "policyTypes: [Egress], ");
        if (mirrored is not null && !spec.Contains("sql", StringComparison.Ordinal))
        {
            Assert.Equal((why, allowed ? Truth.Yes : Truth.No), (why, Judge(Policy(mirrored), Db, Web).IsAllowed));
        }
    }

    [Fact]
    public void Both_ends_have_to_allow_it()
    {
        var egress = Policy("{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]}", "e");
        var denied = Policy("{podSelector: {matchLabels: {app: db}}}", "i");

        Assert.Equal(Truth.Yes, Judge(egress, Web, Db).IsAllowed);
        var verdict = Judge(egress + "---\n" + denied, Web, Db);
        Assert.Equal((Truth.No, Truth.Yes, Truth.No), (verdict.IsAllowed, verdict.Egress.IsAllowed, verdict.Ingress.IsAllowed));
        Assert.Equal(("e", 0), (verdict.Egress.By!.Value.Policy.Name, verdict.Egress.By.Value.Rule));
        Assert.Equal("i", Assert.Single(verdict.Ingress.Isolating).Name);
        // Replies go with the connection; one that the server opens is another.
        Assert.Equal(Truth.Yes, Judge(denied, Db, Web).IsAllowed);
    }

    [Fact]
    public void Policies_add_up_in_any_order()
    {
        var none = Policy("{podSelector: {}}", "none");
        var web = Policy("{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}", "web");

        Assert.Equal(Truth.Yes, Judge(none + "---\n" + web, Web, Db).IsAllowed);
        Assert.Equal(Truth.Yes, Judge(web + "---\n" + none, Web, Db).IsAllowed);
        Assert.Equal(Truth.No, Judge(web + "---\n" + none, OtherWeb, Db).IsAllowed);
    }

    [Fact]
    public void Policy_of_another_namespace_selects_nothing_here()
    {
        Assert.Equal(Truth.Yes, Judge(Policy("{podSelector: {}}", space: "other"), Web, Db).IsAllowed);
        Assert.Equal(Truth.No, Judge(Policy("{podSelector: {}}", space: "other"), Web, OtherWeb).IsAllowed);
    }

    [Fact]
    public void Egress_rules_without_types_isolate_both_ways()
    {
        var policy = Policy("{podSelector: {matchLabels: {app: db}}, egress: [{}]}");

        Assert.Equal(Truth.No, Judge(policy, Web, Db).IsAllowed);
        Assert.Equal(Truth.Yes, Judge(policy, Db, Web).IsAllowed);
        // An empty list says nothing of egress.
        Assert.Equal(Truth.Yes, Judge(Policy("{podSelector: {matchLabels: {app: db}}, egress: []}"), Db, Web).IsAllowed);
        Assert.Equal(Truth.No, Judge(Policy("{podSelector: {matchLabels: {app: db}}, policyTypes: [Egress], egress: []}"), Db, Web).IsAllowed);
    }

    [Fact]
    public void Named_port_is_one_of_the_servers_containers()
    {
        var policy = Policy("{podSelector: {}, ingress: [{ports: [{port: sql}]}]}");

        Assert.Equal(Truth.Yes, Judge(policy, Web, Db, 5432).IsAllowed);
        Assert.Equal(Truth.No, Judge(policy, Web, Db, 5433).IsAllowed);
        Assert.Equal(Truth.Unknown, Judge(policy, Web, Pod("shop", "app=x", ports: null), 5432).IsAllowed);
        var egress = Policy("{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: sql}]}]}");
        Assert.Equal(Truth.Yes, Judge(egress, Web, Db, 5432).IsAllowed);
        Assert.Equal(Truth.No, Judge(egress, Web, Outside("192.0.2.1"), 5432).IsAllowed);
    }

    [Fact]
    public void Host_network_and_nodes_are_matched_by_address_and_never_isolated()
    {
        var own = Node("n1", "192.168.0.1");
        var other = Node("n2", "192.168.0.2");
        var deny = Policy("{podSelector: {}, policyTypes: [Ingress, Egress]}");

        // Traffic to and from the node where a pod runs is always allowed.
        Assert.Equal(Truth.Yes, Judge(deny, own, Db).IsAllowed);
        Assert.Equal(Truth.Yes, Judge(deny, Db, own).IsAllowed);
        Assert.Equal(Truth.No, Judge(deny, other, Db).IsAllowed);
        Assert.Equal(Truth.Unknown, Judge(deny, other, Pod("shop", "app=db", node: null)).IsAllowed);
        Assert.Equal(Truth.No, Judge(Policy("{podSelector: {}, ingress: [{from: [{namespaceSelector: {}}]}]}"), other, Db).IsAllowed);
        Assert.Equal(Truth.Yes, Judge(Policy("{podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 192.168.0.2/32}}]}]}"), other, Db).IsAllowed);
        Assert.Equal(Truth.Yes, Judge(deny, own, other).IsAllowed);
    }

    [Fact]
    public void Pod_cannot_be_kept_from_itself() =>
        Assert.Equal(Truth.Yes, Judge(Policy("{podSelector: {}, policyTypes: [Ingress, Egress]}"), Db, Db).IsAllowed);

    [Fact]
    public void Other_protocols_are_isolated_and_allowed_by_rules_without_ports()
    {
        Assert.Equal(Truth.No, Judge(Policy("{podSelector: {}}"), Web, Db, port: null, protocol: 1).IsAllowed);
        Assert.Equal(Truth.Yes, Judge(Policy("{podSelector: {}, ingress: [{}]}"), Web, Db, port: null, protocol: 1).IsAllowed);
        Assert.Equal(Truth.Unknown, Judge(Policy("{podSelector: {}, ingress: [{ports: [{port: 80}]}]}"), Web, Db, port: null, protocol: 1).IsAllowed);
        Assert.Equal(Truth.Yes, Judge(Policy("{podSelector: {}, ingress: [{ports: [{port: 80, protocol: SCTP}]}]}"), Web, Db, 80, 132).IsAllowed);
    }

    [Fact]
    public void What_is_not_known_matters_only_where_it_changes_the_answer()
    {
        var unknown = Pod("shop", "?");
        var selective = Policy("{podSelector: {matchLabels: {app: db}}, ingress: [{from: [{podSelector: {matchLabels: {app: web}}}]}]}");

        Assert.Equal(Truth.Unknown, Judge(selective, unknown, Db).IsAllowed);
        Assert.Equal(Truth.Yes, Judge(selective, Web, unknown).IsAllowed);
        Assert.Equal(Truth.Unknown, Judge(selective, OtherWeb, unknown).IsAllowed);
        Assert.Equal(Truth.No, Judge(Policy("{podSelector: {}}"), unknown, unknown with { Pod = unknown.Pod! with { Name = "b" } }).IsAllowed);

        var byNamespace = Policy("{podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}");
        Assert.Equal(Truth.Unknown, Judge(byNamespace, OtherWeb, Db).IsAllowed);
        Assert.Equal(Truth.Yes, Judge(byNamespace + "---\n" + Namespace("other", "{team: a}"), OtherWeb, Db).IsAllowed);
        Assert.Equal(Truth.No, Judge(byNamespace + "---\n" + Namespace("other", "{}"), OtherWeb, Db).IsAllowed);
    }
}
