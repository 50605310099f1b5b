using System.Text;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Server.Anonymise;

namespace KGuardian.Analytics.Tests.Unit.Server.Anonymise;

/// <summary>Rows with other names: nothing of the old ones is left, the same is the same, and shapes stay.</summary>
public sealed class RowAnonymiserTests
{
    private static readonly AnonymiseKey Key = new([.. Enumerable.Range(0, 32).Select(number => (byte)(7 * number))]);

    [Fact]
    public void No_name_and_no_address_is_left_and_what_says_nothing_of_whom_stays()
    {
        var random = new Random(11);
        using var rows = new RowAnonymiser(Key);
        using var again = new RowAnonymiser(Key);
        using var other = new RowAnonymiser(new AnonymiseKey(new byte[32]));
        for (var round = 0; round < 500; round++)
        {
            string[] secrets =
            [
                $"{Guid.NewGuid()}", Name(random), Name(random), $"203.0.{random.Next(1, 255)}.{random.Next(10, 255)}",
                $"2001:db8:{random.Next(4096, 65535):x}::{random.Next(4096, 65535):x}",
                Name(random), Name(random), Name(random), $"{Name(random)}\u00E9\"\\,", Name(random),
            ];
            var row = new JsonObject
            {
                ["uuid"] = secrets[0],
                ["pod_name"] = $"{secrets[1]}-7d9f8c6b5-x2x4z",
                ["pod_namespace"] = secrets[2],
                ["pod_ip"] = secrets[3],
                ["traffic_in_out_ip"] = secrets[4],
                ["peer_workload"] = secrets[5],
                ["labels"] = new JsonObject { [secrets[6]] = secrets[7] }.ToJsonString(),
                ["something"] = new JsonArray(new JsonObject { ["deep"] = secrets[8] }),
                ["decision"] = secrets[9] + "/" + secrets[9],
                ["pod_port"] = "8080",
                ["ip_protocol"] = "TCP",
                ["traffic_type"] = "EGRESS",
                ["time_stamp"] = "2026-05-12T10:32:14.123456Z",
                ["workload_kind"] = null,
                ["flows"] = 12,
            };
            var line = Encoding.UTF8.GetBytes(row.ToJsonString());

            var text = Encoding.UTF8.GetString(rows.Json(line));
            var made = JsonNode.Parse(text)!.AsObject();

            Assert.All(secrets, secret => Assert.DoesNotContain(secret, text, StringComparison.OrdinalIgnoreCase));
            Assert.Equal(row.Select(member => member.Key), made.Select(member => member.Key));
            Assert.All(
                ["pod_port", "ip_protocol", "traffic_type", "time_stamp", "workload_kind", "flows"],
                name => Assert.True(JsonNode.DeepEquals(row[name], made[name]), name));
            Assert.Equal(text, Encoding.UTF8.GetString(again.Json(line)));
            Assert.NotEqual(text, Encoding.UTF8.GetString(other.Json(line)));
        }
    }

    [Theory]
    [InlineData("checkout-api-7d9f8c6b5-x2x4z", @"^{checkout-api}-[b-z2-9]{9}-[b-z2-9]{5}$")]
    [InlineData("node-agent-x2x4z", @"^{node-agent}-[b-z2-9]{5}$")]
    [InlineData("prometheus-k8s-1", @"^{prometheus-k8s}-1$")]
    [InlineData("backup-28391234-x2x4z", @"^{backup}-[b-z2-9]{8}-[b-z2-9]{5}$")]
    [InlineData("standalone", @"^{standalone}$")]
    public void Pods_keep_their_shape_and_their_workload(string pod, string shape)
    {
        var names = new NameAnonymiser(Key);
        var workload = shape[(shape.IndexOf('{', StringComparison.Ordinal) + 1)..shape.IndexOf('}', StringComparison.Ordinal)];

        Assert.Matches($"^{names.Name(workload)}{shape[(shape.IndexOf('}', StringComparison.Ordinal) + 1)..]}", names.Pod(pod));
        Assert.Equal(names.Pod("checkout-api-7d9f8c6b5-bbbbb")[..22], names.Pod("checkout-api-7d9f8c6b5-x2x4z")[..22]);
    }

    [Fact]
    public void Csv_has_the_names_of_JSON_and_tells_null_from_empty_as_before()
    {
        using var rows = new RowAnonymiser(Key);
        var json = JsonNode.Parse(rows.Json("""{"pod_name":"web-0","peer_pod":null,"peer_service":"","pod_ip":"9.9.9.9","node":"a,\"b\"\nc"}"""u8))!;
        rows.Csv("\"pod_name\",\"peer_pod\",\"peer_service\",\"pod_ip\",\"node\""u8);

        var line = Encoding.UTF8.GetString(rows.Csv("\"web-0\",,\"\",9.9.9.9,\"a,\"\"b\"\"\nc\""u8));

        Assert.Equal($"\"{json["pod_name"]}\",,\"\",{json["pod_ip"]},\"{json["node"]}\"", line);
    }

    [Theory]
    [InlineData("10.0.0.7%eth0", @"^10\.\d+\.\d+\.\d+%[b-z2-9]{12}$")]
    [InlineData("::ffff:10.1.2.3", @"^::ffff:10\.")]
    [InlineData("10.32.0.0/16", @"^10\.\d+\.0\.0/16$")]
    [InlineData("1234567", "^[b-z2-9]{12}$")]
    public void Odd_addresses_are_addresses_where_they_are(string text, string shape)
    {
        using var values = new ValueAnonymiser(Key);

        Assert.Matches(shape, values.Map(default, text));
    }

    private static string Name(Random random) => string.Concat(Enumerable.Range(0, 9).Select(_ => (char)('a' + random.Next(26))));
}
