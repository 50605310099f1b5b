using System.Text.Json;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query;

public sealed class BrokerTrafficReaderTests() : DatabaseTest(isMigrated: true)
{
    private BrokerTrafficReader _reader = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _reader = new BrokerTrafficReader(Client.Runner());
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(443, "443")]
    [InlineData(65535, "65535")]
    [InlineData(65536, "00")]
    [InlineData(65536 + 443, "0443")]
    [InlineData((3 * 65536) + 65535, "00065535")]
    [InlineData(-1, null)]
    [InlineData(-2, "")]
    public async Task All_gives_a_ports_text_back(int code, string? text)
    {
        await InsertAsync(podPort: code, peerPort: code);

        var row = Assert.Single(await AllAsync());

        Assert.Equal((text, text), (row.GetProperty("pod_port").GetString(), row.GetProperty("traffic_in_out_port").GetString()));
    }

    [Fact]
    public async Task All_gives_a_port_of_1024_digits_back()
    {
        await InsertAsync(podPort: (1023 * 65536) + 9);

        Assert.Equal(new string('0', 1023) + "9", Assert.Single(await AllAsync()).GetProperty("pod_port").GetString());
    }

    [Theory]
    [InlineData("1900-01-01 00:00:00.000000")]
    [InlineData("1969-12-31 23:59:59.999999")]
    [InlineData("1970-01-01 00:00:00.000000")]
    [InlineData("1950-06-07 08:09:10.000001")]
    [InlineData("2025-02-03 04:05:06.700000")]
    [InlineData("2106-02-07 06:28:16.123456")]
    [InlineData("2299-12-31 23:59:59.999999")]
    public async Task All_gives_a_time_back_with_six_digits_and_no_zone(string time)
    {
        await InsertAsync(time: time);

        Assert.Equal(time.Replace(' ', 'T'), Assert.Single(await AllAsync()).GetProperty("time_stamp").GetString());
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("web-1")]
    [InlineData("ünïcødé 😀")]
    [InlineData("a/b \"c\" \\ \t\n\u0001 </script>")]
    public async Task All_gives_every_text_column_back(string? text)
    {
        await InsertAsync(text: text);

        var row = Assert.Single(await AllAsync());

        foreach (var name in new[] { "pod_name", "pod_namespace", "pod_ip", "ip_protocol", "traffic_type", "traffic_in_out_ip", "decision" })
        {
            Assert.Equal(text, row.GetProperty(name).GetString());
        }
    }

    [Fact]
    public async Task All_writes_the_brokers_columns_in_its_order_with_plain_slashes()
    {
        await InsertAsync(text: "a/b");

        var line = (await ReadAsync(await _reader.AllAsync(null, RowFormat.JsonLines, default))).TrimEnd('\n');

        Assert.Equal(
            """
            {"uuid":"00000000-0000-0000-0000-000000000001","pod_name":"a/b","pod_namespace":"a/b","pod_ip":"a/b","pod_port":"80","ip_protocol":"a/b",
            "traffic_type":"a/b","traffic_in_out_ip":"a/b","traffic_in_out_port":"443","decision":"a/b","time_stamp":"2025-01-01T00:00:00.000000"}
            """.ReplaceLineEndings(""),
            line);
    }

    [Fact]
    public async Task All_is_newest_first_and_ties_are_in_the_order_of_the_uuids_text()
    {
        // Of these ClickHouse's own UUID type would sort the second half first.
        string[] uuids = ["00000000-0000-0000-ffff-000000000000", "00000001-0000-0000-0000-000000000000", "ffffffff-0000-0000-0000-000000000000"];
        foreach (var uuid in uuids)
        {
            await InsertAsync(uuid: uuid, podPort: 1 + Array.IndexOf(uuids, uuid));
        }

        await InsertAsync(uuid: "10000000-0000-0000-0000-000000000000", time: "2026-01-01 00:00:00");
        await InsertAsync(uuid: "20000000-0000-0000-0000-000000000000", time: "1960-01-01 00:00:00", podPort: 9);

        var all = (await AllAsync()).Select(row => row.GetProperty("uuid").GetString()!).ToArray();

        Assert.Equal(["10000000-0000-0000-0000-000000000000", uuids[2], uuids[1], uuids[0], "20000000-0000-0000-0000-000000000000"], all);
        Assert.Equal(all[..2], (await AllAsync(limit: 2)).Select(row => row.GetProperty("uuid").GetString()!));
    }

    [Theory]
    [InlineData(RowFormat.JsonArray, "[]")]
    [InlineData(RowFormat.JsonLines, "")]
    public async Task All_of_nothing_is_an_empty_document(RowFormat format, string document)
    {
        var body = await ReadAsync(await _reader.AllAsync(null, format, default));

        Assert.Equal(document, body.Replace("\n", "", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("it's; DROP TABLE traffic --")]
    [InlineData("\\N")]
    [InlineData("")]
    [InlineData("ünïcødé\t😀")]
    public async Task OfPod_finds_the_pod_of_that_very_name(string name)
    {
        await InsertAsync(text: name);
        await InsertAsync(text: name + "x", podPort: 2);
        await InsertAsync(text: null, podPort: 3);

        Assert.Single(await OfPodAsync(name, null));
        Assert.Single(await OfPodAsync(name, name));
        Assert.Empty(await OfPodAsync(name, "elsewhere"));
        Assert.Empty(await OfPodAsync(name + "?", null));
    }

    private Task<string> InsertAsync(
        string? text = "x", int podPort = 80, int peerPort = 443, string time = "2025-01-01 00:00:00",
        string uuid = "00000000-0000-0000-0000-000000000001")
    {
        var value = text is null ? "NULL" : $"unhex('{Convert.ToHexString(System.Text.Encoding.UTF8.GetBytes(text))}')";
        return Database.SqlAsync($"""
            INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, ip_protocol, traffic_type, traffic_in_out_ip, decision,
                pod_port, traffic_in_out_port, time_stamp, arrival_day, version)
            SELECT UUIDStringToNum('{uuid}'), {value}, {value}, {value}, {value}, {value}, {value}, {value}, {podPort}, {peerPort},
                toDateTime64('{time}', 6, 'UTC'), today(), 1
            """);
    }

    private async Task<JsonElement[]> AllAsync(long? limit = null) => Parse(await ReadAsync(await _reader.AllAsync(limit, RowFormat.JsonArray, default)));

    private async Task<JsonElement[]> OfPodAsync(string name, string? podNamespace) =>
        Parse(await ReadAsync(await _reader.OfPodAsync(name, podNamespace, RowFormat.JsonArray, default)));

    private static JsonElement[] Parse(string body) => JsonSerializer.Deserialize<JsonElement[]>(body)!;

    private static async Task<string> ReadAsync(ClickHouseResult opened)
    {
        await using var result = opened;
        using var reader = new StreamReader(result.Body);
        return await reader.ReadToEndAsync();
    }
}
