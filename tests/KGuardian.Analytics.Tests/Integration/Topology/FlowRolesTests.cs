using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Topology;

/// <summary>Client and server are the same here and in SQL, whatever ports and words a flow has.</summary>
public sealed class FlowRolesTests() : DatabaseTest(isMigrated: false)
{
    [Fact]
    public async Task SQL_and_CSharp_agree_on_every_kind_of_port_and_word()
    {
        int[] ports = [-2, -1, 0, 1, 80, 32_767, 32_768, 65_535, 65_536, 65_536 + 80, (2 * 65_536) + 40_000];
        string?[] words = [null, "", "INGRESS", "egress", "Ingress", "SIDEWAYS"];
        var rows = from pod in ports from peer in ports from word in words select (pod, peer, word);
        var values = string.Join(", ", rows.Select(row => string.Create(
            CultureInfo.InvariantCulture, $"({row.pod}, {row.peer}, {(row.word is null ? "NULL" : $"'{row.word}'")})")));

        var found = await Client.QueryAsync<Row>(new ClickHouseQuery($"""
            SELECT t.pod_port AS pod, t.traffic_in_out_port AS peer, t.traffic_type AS word, toInt16(ifNull({FlowRoles.IsPodClientSql}, 2)) AS role
            FROM values('pod_port Int32, traffic_in_out_port Int32, traffic_type LowCardinality(Nullable(String))', {values}) AS t
            """));

        Assert.Equal(ports.Length * ports.Length * words.Length, found.Count);
        Assert.All(found, row =>
        {
            var expected = FlowRoles.IsPodClient(Number(row.Pod), Number(row.Peer), row.Word);
            Assert.Equal(expected is null ? 2 : expected.Value ? 1 : 0, row.Role);
        });

        static int? Number(int stored) => stored < 0 ? null : stored % 65_536;
    }

    [Theory]
    [InlineData(48_974, 6443, "INGRESS", true)]
    [InlineData(8080, 0, "INGRESS", false)]
    [InlineData(0, 8080, "EGRESS", true)]
    [InlineData(40_000, 50_000, "EGRESS", true)]
    [InlineData(443, 40_000, "EGRESS", false)]
    [InlineData(null, null, "other", null)]
    public void Port_that_systems_choose_tells_before_the_direction(int? pod, int? peer, string direction, bool? expected) =>
        Assert.Equal(expected, FlowRoles.IsPodClient(pod, peer, direction));

    private sealed record Row(int Pod, int Peer, string? Word, short Role);
}
