using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;

namespace KGuardian.Analytics.Tests.Unit.Query.Filters;

/// <summary>What a vocabulary makes of names and words, beside the native one.</summary>
public sealed class FilterVocabularyTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly FilterVocabulary Vocabulary = ActivityVocabulary.Of(cluster: null);

    [Theory]
    [InlineData("direction = in", "direction = INGRESS")]
    [InlineData("direction = out and serverport = 53", "direction = EGRESS and serverport = 53")]
    [InlineData("direction in (in, OUT) or direction in in", "direction in (INGRESS, EGRESS) or direction in (INGRESS)")]
    [InlineData("direction != \"in\" and not direction = ingress", "direction != INGRESS and not direction = INGRESS")]
    [InlineData("l4protocol = 6 or l4protocol in (tcp, \"TCP\", \"17\")", "protocol = TCP or protocol in (TCP, TCP, UDP)")]
    [InlineData("kubernetes.namespace.name = a and NAMESPACE = b", "namespace = a and namespace = b")]
    [InlineData("container.label.io.kubernetes.pod.name exists", "pod exists")]
    [InlineData("host.hostname = n and kubernetes.node.name = m", "node = n and node = m")]
    [InlineData("kubernetes.pod.label.app.kubernetes.io/Name = x", "kubernetes.pod.label.app.kubernetes.io/Name = x")]
    [InlineData("Kubernetes.Pod.Label.App = x", "kubernetes.pod.label.App = x")]
    [InlineData("kubernetes.namespace.label.field.cattle.io/projectId = x", "kubernetes.namespace.label.field.cattle.io/projectId = x")]
    [InlineData("container.label.maintainer = x and container.id = y", "container.label.maintainer = x and container.id = y")]
    [InlineData("pod not exists", "not pod exists")]
    [InlineData("not pod not exists", "pod exists")]
    [InlineData("pod = null or pod != NULL", "not pod exists or pod exists")]
    [InlineData("pod = \"null\" or pod in (null)", "pod = \"null\" or pod in (\"null\")")]
    [InlineData("freeText in (a, b) and freeText not in (c)", "(search contains a or search contains b) and not search contains c")]
    [InlineData("timestamp >= 1546300800000000000 and rxtimestamp < \"1\"", "timestamp >= 1546300800000000000 and rxtimestamp < 1")]
    [InlineData("pid = 1 and ppid in (1, \"-2\")", "pid = 1 and ppid in (1, -2)")]
    [InlineData("count > 3", "observations > 3")]
    [InlineData("type = Connection", "type = connection")]
    [InlineData("id = 15CBF54E34DF95404CAAD1C988CF7C42", "id = 15cbf54e34df95404caad1c988cf7c42")]
    [InlineData("not pod = a or pod = b and pod = c", "not pod = a or pod = b and pod = c")]
    public void Parse_Expression_HasOneSpelling(string text, string expected)
    {
        var filter = FlowFilter.Parse(text, Now, Vocabulary);
        Assert.Equal(expected, filter.ToString());
        Assert.Equal(filter, FlowFilter.Parse(expected, Now, Vocabulary));
    }

    [Theory]
    [InlineData("namspace = x", 0, "a field", "namespace")]
    [InlineData("kubernetes.pod.label. = x", 0, "a field", "kubernetes.pod.name")]
    [InlineData("pid = x", 6, "a whole number", null)]
    [InlineData("timestamp = 2026-01-01", 12, "whole nanoseconds", null)]
    [InlineData("timestamp = 9223372036854775808", 12, "whole nanoseconds", null)]
    [InlineData("direction = sideways", 12, "INGRESS, EGRESS, IN or OUT", null)]
    [InlineData("direction = and", 12, "INGRESS, EGRESS, IN or OUT", "\"and\" in quotes")]
    [InlineData("pod = in", 6, "a text", "\"in\" in quotes")]
    [InlineData("pod = \u201capi\u201d", 6, "a value in straight quotes", "\"")]
    [InlineData("pod in (\u201capi\u201d)", 8, "a value in straight quotes", "\"")]
    [InlineData("id = 15cbf54e34df95404caad1c988cf7c4", 5, "an id of 32", null)]
    [InlineData("type = connexion", 7, "command, connection", null)]
    [InlineData("clientport = 65536", 13, "a port", null)]
    [InlineData("clientipv4 = 10.0.0.0/8", 13, "an IP address", null)]
    public void Parse_Mistake_SaysWhereAndWhatWasExpected(string text, int position, string expected, string? suggestion)
    {
        var error = Assert.Throws<FilterException>(() => FlowFilter.Parse(text, Now, Vocabulary));
        Assert.Equal(position, error.Position);
        Assert.StartsWith(expected, error.Expected, StringComparison.Ordinal);
        Assert.Equal(suggestion, error.Suggestion);
        Assert.Equal(error.Expected.StartsWith("a field", StringComparison.Ordinal), error.IsUnknownField);
    }

    /// <summary>What other products' words add changes nothing for who does not use them.</summary>
    [Theory]
    [InlineData("pod = null", "pod = null")]
    [InlineData("pod = \u201capi\u201d", "pod = \"\u201capi\u201d\"")]
    [InlineData("pod not exists", "not pod exists")]
    public void Native_language_takes_null_and_typographic_quotes_as_text(string text, string expected) =>
        Assert.Equal(expected, FlowFilter.Parse(text, Now).ToString());

    [Theory]
    [InlineData("clientport = 80")]
    [InlineData("direction = in")]
    [InlineData("direction = out")]
    [InlineData("kubernetes.pod.name = x")]
    public void Native_language_has_no_words_of_others(string text) => Assert.Throws<FilterException>(() => FlowFilter.Parse(text, Now));

    [Fact]
    public void Every_name_is_taken_and_means_a_field()
    {
        Assert.All(Vocabulary.Names, name => Vocabulary.Find(name.Replace("*", "key", StringComparison.Ordinal)));
        Assert.Contains("kubernetes.pod.label.*", Vocabulary.Names);
        Assert.Equal(Vocabulary.Names.Order(StringComparer.Ordinal), Vocabulary.Names);
    }

    /// <summary>Both lists of the document: of scopes, and of events' own fields.</summary>
    [Fact]
    public void Every_field_of_the_document_is_known()
    {
        const string Documented = """
            agent.tag.x container.image.id container.image.repo container.image.tag container.image.digest container.label.io.kubernetes.container.name
            container.label.io.kubernetes.pod.name container.label.io.kubernetes.pod.namespace container.label.maintainer container.name host.hostName host.mac
            kubernetes.workload.name kubernetes.workload.type kubernetes.cluster.name kubernetes.cronJob.name kubernetes.daemonSet.name
            kubernetes.deployment.name kubernetes.job.name kubernetes.namespace.label.field.cattle.io/projectId kubernetes.namespace.label.project
            kubernetes.namespace.name kubernetes.node.name kubernetes.pod.name kubernetes.replicaSet.name kubernetes.service.name kubernetes.statefulSet.name
            aws.region aws.fargate.task.arn aws.fargate.cluster.arn aws.availabilityZone aws.accountId aws.user gcp.user gcp.projectId
            id agentid clientipv4 clientport cmdline comm command container containerid container.id count cwd direction directory errorcode filename groups
            l4protocol loginshelldistance loginshellid name namespace permissions pid ppid processname resource rxtimestamp serveripv4 serverport
            sourceaddresses stages subresource timestamp tty uid user useragent anomaly
            """;
        Assert.All(Documented.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), name => Vocabulary.Find(name));
    }
}
