using System.Text;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Inventory.Parsing;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Inventory;

public sealed class SpecParserTests
{
    private const long Now = 1_000_000;

    [Fact]
    public void Pod_is_kept_without_what_nobody_reads_and_values_are_as_they_came()
    {
        var pod = SpecParser.Pod("""
            {"extra": [1, {"a": 2}], "pod_name": "a", "pod_ip": "10.0.0.1", "node_name": "n", "is_dead": false, "time_stamp": "2026-05-12T12:32:14.1234567+02:00",
             "pod_obj": {"apiVersion": "v1", "metadata": {"labels": {"n": 1.50, "big": 12345678901234567890, "t": "\u00e9<"}, "managedFields": [{}], "name": "a"},
                         "spec": {"containers": [], "hostNetwork": true}, "status": {"phase": "Running"}},
             "workload_selector_labels": {"app": 1}}
            """u8.ToArray(), Now);

        Assert.Equal(("", "a", "10.0.0.1", "n", false, null, null), (pod.Namespace, pod.Name, pod.Ip, pod.Node, pod.IsDead, pod.Identity, pod.HostNetwork));
        Assert.Equal(new DateTime(2026, 5, 12, 10, 32, 14).AddTicks(1_234_560), DateTime.UnixEpoch.AddTicks(pod.TimeMicros * 10));
        Assert.Equal(
            """{"apiVersion":"v1","metadata":{"labels":{"n":1.50,"big":12345678901234567890,"t":"é<"},"name":"a"},"spec":{"hostNetwork":true}}""",
            Encoding.UTF8.GetString(pod.Manifest!));
        Assert.Equal("""{"app":1}""", Encoding.UTF8.GetString(pod.SelectorLabels!));
    }

    [Theory]
    [InlineData("""{"spec":{"containers":[]}}""", "{}")]
    [InlineData("""{"spec":{"hostNetwork":null}}""", "{}")]
    [InlineData("""{"spec":null,"metadata":null}""", """{"metadata":null}""")]
    [InlineData("""{"spec":{"hostNetwork":false}}""", """{"spec":{"hostNetwork":false}}""")]
    [InlineData("""{"metadata":{"managedFields":1}}""", """{"metadata":{}}""")]
    [InlineData("{}", "{}")]
    public void Spec_of_a_manifest_is_there_only_with_its_hostNetwork(string manifest, string kept) =>
        Assert.Equal(kept, Encoding.UTF8.GetString(SpecParser.Pod(Encoding.UTF8.GetBytes(
            $$"""{"pod_name":"a","pod_ip":"","node_name":"n","is_dead":true,"time_stamp":"2026-05-12T10:32:14","pod_obj":{{manifest}}}"""), Now).Manifest!));

    [Theory]
    [InlineData("pod_name", "is missing")]
    [InlineData("pod_ip", "is missing")]
    [InlineData("node_name", "is missing")]
    [InlineData("is_dead", "is missing")]
    [InlineData("time_stamp", "is missing")]
    public void Member_that_must_be_there_is_named(string member, string problem)
    {
        var detail = Pods.Detail();
        detail.Remove(member);
        AssertRefused(detail, member, problem);
        detail[member] = null;
        AssertRefused(detail, member, problem);
    }

    [Theory]
    [InlineData("pod_name", "7", "is no text but a number")]
    [InlineData("pod_ip", "[]", "is no text but an array")]
    [InlineData("pod_namespace", "{}", "is no text but an object")]
    [InlineData("is_dead", "\"true\"", "is a text")]
    [InlineData("host_network", "1", "is a number")]
    [InlineData("time_stamp", "\"yesterday\"", "is no time")]
    [InlineData("time_stamp", "1715509934", "is no text but a number")]
    [InlineData("pod_obj", "\"{}\"", "is no object but a text")]
    [InlineData("workload_selector_labels", "[1]", "is no object but an array")]
    public void Member_of_another_type_is_named(string member, string value, string problem)
    {
        var detail = Pods.Detail();
        detail[member] = JsonNode.Parse(value);
        AssertRefused(detail, member, problem);
    }

    [Fact]
    public void Bodies_that_are_none_are_refused()
    {
        var deep = "{\"a\":" + new string('[', 70) + new string(']', 70) + "}";
        foreach (var body in new[] { "", "{", "[]", "7", "null", "{\"pod_name\": \"a\"} x", new string('[', 100), deep })
        {
            Assert.Equal("body", Assert.Throws<SpecException>(() => SpecParser.Pod(Encoding.UTF8.GetBytes(body), Now)).Member);
        }

        byte[] latin = [.. "{\"pod_name\":\""u8, 0xFF, .. "\"}"u8];
        Assert.Contains("UTF-8", Assert.Throws<SpecException>(() => SpecParser.Pod(latin, Now)).Message, StringComparison.Ordinal);
        var half = Pods.Detail().ToJsonString().Replace("shop-5d4f", "\\ud800", StringComparison.Ordinal);
        Assert.Equal("pod_obj", Assert.Throws<SpecException>(() => SpecParser.Pod(Encoding.UTF8.GetBytes(half), Now)).Member);
    }

    [Fact]
    public void Manifest_of_10_MB_is_taken_when_little_of_it_is_kept_and_a_large_rest_is_not()
    {
        var detail = Pods.Detail();
        detail["pod_obj"]!["status"] = new string('s', 10 << 20);
        Assert.True(SpecParser.Pod(Pods.Utf8(detail), Now).Manifest!.Length < 300);

        detail["pod_obj"]!["metadata"]!["annotations"] = new string('s', 1 << 20);
        Assert.Contains("to be kept", Assert.Throws<SpecException>(() => SpecParser.Pod(Pods.Utf8(detail), Now)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Compaction_of_random_manifests_is_what_removing_members_gives()
    {
        var random = new Random(Fuzz.Seed(1));
        for (var i = 0; i < 2_000; i++)
        {
            var detail = Pods.Detail();
            detail["pod_obj"] = RandomObject(random, 0);

            var kept = JsonNode.Parse(SpecParser.Pod(Pods.Utf8(detail), Now).Manifest!);

            Assert.True(JsonNode.DeepEquals(Pods.Shown(detail)["pod_obj"], kept), detail.ToJsonString());
        }
    }

    [Theory]
    [InlineData("""{"pod_name": " a ", "pod_ip": " "}""", "a", null, null)]
    [InlineData("""{"pod_name": "a", "pod_ip": " 10.0.0.1", "pod_namespace": "x", "more": 1}""", "a", "10.0.0.1", "x")]
    [InlineData("""{"pod_name": "  "}""", "", null, null)]
    public void Death_is_read_without_blanks(string body, string name, string? ip, string? podNamespace)
    {
        var death = SpecParser.Death(Encoding.UTF8.GetBytes(body));
        Assert.Equal((name, ip, podNamespace), (death.Name, death.Ip, death.Namespace));
    }

    private static JsonObject RandomObject(Random random, int depth)
    {
        string[] names = ["metadata", "spec", "status", "managedFields", "hostNetwork", "labels", "é"];
        var made = new JsonObject();
        foreach (var name in names.Where(_ => random.Next(2) == 0))
        {
            // What these three are is fixed: the naive compaction of the tests' own knows no others.
            made[name] = depth == 0 && name is "metadata" or "spec" ? RandomObject(random, depth + 1) : random.Next(depth < 3 ? 5 : 4) switch
            {
                0 => random.Next(),
                1 => "text \"\\ \n é",
                2 => new JsonArray(1, "a", null),
                3 => random.Next(2) == 0,
                _ => RandomObject(random, depth + 1),
            };
        }

        return made;
    }

    private static void AssertRefused(JsonObject detail, string member, string problem)
    {
        var error = Assert.Throws<SpecException>(() => SpecParser.Pod(Pods.Utf8(detail), Now));
        Assert.Equal(member, error.Member);
        Assert.StartsWith($"'{member}' {problem}", error.Message, StringComparison.Ordinal);
        Assert.NotEmpty(error.Allowed);
    }
}
