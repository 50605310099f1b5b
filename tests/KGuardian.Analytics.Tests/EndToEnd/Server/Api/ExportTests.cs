using System.Globalization;
using System.Text.Json;
using Apache.Arrow.Types;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Exports read by Apache's Arrow libraries, DuckDB and hyparquet: value for value what JSON says, and of types that can be asked for.</summary>
[Collection(OnLocalServer.Name)]
public sealed class ExportTests(LocalServer server)
{
    private readonly string _pod = FlowEvent.NewPod();

    [Theory]
    [InlineData("arrow")]
    [InlineData("parquet")]
    public async Task Export_has_every_value_that_JSON_has(string format)
    {
        using var directory = new TestDirectory();
        var (expected, file) = await ExportAsync(format, directory);

        var read = await ExportReaders.JavaScriptAsync(format, file);

        Assert.Equal(expected, read);
        Assert.Equal(100, read.Count(row => row is { PodPort: null, Flow.PodPort: null }));
        Assert.Equal(100, read.Count(row => row is { PeerPort: null, Flow.TrafficInOutPort: "" }));
    }

    [Fact]
    public async Task Parquet_has_times_and_numbers_that_DuckDB_compares()
    {
        using var directory = new TestDirectory();
        var (expected, file) = await ExportAsync("parquet", directory);

        Assert.Equal(expected, ExportReaders.DuckDbParquet(file));
        Assert.Equal(
            [
                ("uuid", "VARCHAR"), ("pod_name", "VARCHAR"), ("pod_namespace", "VARCHAR"), ("pod_ip", "VARCHAR"), ("pod_port", "USMALLINT"),
                ("pod_port_text", "VARCHAR"), ("ip_protocol", "VARCHAR"), ("traffic_type", "VARCHAR"), ("traffic_in_out_ip", "VARCHAR"),
                ("traffic_in_out_port", "USMALLINT"), ("traffic_in_out_port_text", "VARCHAR"), ("decision", "VARCHAR"),
                ("time_stamp", "TIMESTAMP WITH TIME ZONE"),
            ],
            ExportReaders.DuckDb($"DESCRIBE SELECT * FROM read_parquet('{file}')").Select(column => ((string)column[0]!, (string)column[1]!)));

        // The same questions, asked of the file and of the server.
        Assert.Equal(100, await AskAsync("pod_port = 443", "pod_port = 443"));
        Assert.Equal(100, await AskAsync("traffic_in_out_port >= 1024", "peer_port >= 1024"));
        Assert.Equal(100, await AskAsync("time_stamp < TIMESTAMPTZ '1970-01-01 00:00:00+00'", "time < 1970-01-01"));
        Assert.Equal(450, await AskAsync("time_stamp >= TIMESTAMPTZ '2026-05-12 10:32:14.500007+00'", "time >= 2026-05-12T10:32:14.500007Z"));
        Assert.Equal(1, await AskAsync("time_stamp = TIMESTAMPTZ '2026-05-12 12:32:14.007007+02'", "time = 2026-05-12T10:32:14.007007Z"));
        Assert.Equal(1, await AskAsync("date_trunc('millisecond', time_stamp) = TIMESTAMPTZ '2026-05-12 10:32:14.007+00'", "time = 2026-05-12T10:32:14.007Z"));

        async Task<long> AskAsync(string sql, string filter)
        {
            var ofFile = Convert.ToInt64(ExportReaders.DuckDb($"SELECT count(*) FROM read_parquet('{file}') WHERE {sql}")[0][0], CultureInfo.InvariantCulture);
            Assert.Equal(await CountAsync(filter), ofFile);
            return ofFile;
        }
    }

    [Fact]
    public async Task Arrow_has_times_in_UTC_and_numbers()
    {
        using var directory = new TestDirectory();
        var (expected, file) = await ExportAsync("arrow", directory);

        var (types, rows) = await ExportReaders.ArrowAsync(file);

        Assert.Equal(expected, rows);
        Assert.Equal(13, types.Count);
        var time = Assert.IsType<TimestampType>(types["time_stamp"]);
        Assert.Equal((TimeUnit.Microsecond, "UTC"), (time.Unit, time.Timezone));
        Assert.All(["pod_port", "traffic_in_out_port"], name => Assert.IsType<UInt16Type>(types[name]));
        Assert.All(types.Keys.Except(["time_stamp", "pod_port", "traffic_in_out_port"]), name => Assert.IsType<StringType>(types[name]));
    }

    [Fact]
    public async Task Fields_bring_the_text_of_a_port_with_its_number()
    {
        await server.Api.PostBatchAsync([FlowEvent.Of(_pod, 1) with { PodPort = "0443" }]);
        using var directory = new TestDirectory();
        var file = await server.Api.SaveAsync(
            $"/api/v1/flows?from=2026-05-12&to=2026-05-13&filter=pod={_pod}&fields=time_stamp,pod_port&format=parquet", directory.Path);

        Assert.Equal(
            ["time_stamp", "pod_port", "pod_port_text"],
            ExportReaders.DuckDb($"DESCRIBE SELECT * FROM read_parquet('{file}')").Select(column => (string)column[0]!));
        Assert.Equal([(ushort)443, "0443"], ExportReaders.DuckDb($"SELECT pod_port, pod_port_text FROM read_parquet('{file}')").Single());
    }

    [Fact]
    public async Task CSV_has_nothing_for_null_and_quotes_for_the_empty_text()
    {
        using var directory = new TestDirectory();
        var (expected, file) = await ExportAsync("csv", directory);

        var read = ExportReaders.DuckDb(
            "SELECT uuid, pod_namespace, ip_protocol, pod_port, traffic_in_out_port, time_stamp "
            + $"FROM read_csv('{file}', all_varchar = true, nullstr = '', allow_quoted_nulls = false)");

        Assert.Equal(
            expected.Select(row => new object?[]
            {
                row.Flow.Uuid, row.Flow.PodNamespace, row.Flow.IpProtocol, row.Flow.PodPort, row.Flow.TrafficInOutPort, row.Flow.TimeStamp,
            }),
            read);
        Assert.Equal((100, 100), (read.Count(row => row[1] is null), read.Count(row => row[2] is "")));
        // As a reader reads it that is told nothing: nothing is null, and a time has its zone.
        Assert.Equal("TIMESTAMP WITH TIME ZONE", ExportReaders.DuckDb($"DESCRIBE SELECT time_stamp FROM read_csv('{file}')").Single()[1]);
        Assert.Equal([100L], ExportReaders.DuckDb($"SELECT count(*) FROM read_csv('{file}') WHERE pod_port IS NULL").Single());
        Assert.DoesNotContain("\\N", await File.ReadAllTextAsync(file), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("format=json")]
    [InlineData("format=ndjson")]
    [InlineData("format=csv")]
    public async Task Times_of_the_native_routes_say_Z_and_those_of_the_contract_do_not(string format)
    {
        await server.Api.PostBatchAsync([FlowEvent.Of(_pod, 1) with { TimeStamp = "2026-05-12T10:32:14.1+00:00" }]);

        Assert.Contains(
            "\"2026-05-12T10:32:14.100000Z\"",
            await server.Api.GetTextAsync($"/api/v1/flows?from=2026-05-12&to=2026-05-13&filter=pod={_pod}&{format}"), StringComparison.Ordinal);
        Assert.Contains("\"time_stamp\":\"2026-05-12T10:32:14.100000\"}", await server.Api.GetTextAsync($"/pod/traffic/{_pod}"), StringComparison.Ordinal);
    }

    /// <summary>Posts a thousand flows with every kind of value; returns what their lines of NDJSON say, and the export's file.</summary>
    private async Task<(ExportedRow[] Expected, string File)> ExportAsync(string format, TestDirectory directory)
    {
        await server.Api.PostBatchAsync(FlowEvent.Many(_pod, 1000).Select((row, n) => (n % 10) switch
        {
            0 => row with { PodPort = null, TrafficInOutPort = "" },
            1 => row with { PodPort = "0443", TrafficInOutPort = "65535" },
            2 => row with { PodNamespace = null, Decision = null },
            3 => row with { PodNamespace = "名前空間 😀 \"'\\\t", IpProtocol = "" },
            4 => row with { TrafficType = null, IpProtocol = null, TimeStamp = "1969-12-31T23:59:59.999999" },
            _ => row,
        }));
        var query = $"/api/v1/flows?from=1969-12-31&to=2026-05-13&filter=pod={_pod}";
        var lines = (await server.Api.GetTextAsync($"{query}&format=ndjson")).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(1000, lines.Length);
        return ([.. lines.Select(ExportedRow.OfText)], await server.Api.SaveAsync($"{query}&format={format}", directory.Path));
    }

    private async Task<long> CountAsync(string filter) =>
        JsonDocument.Parse(await server.Api.GetTextAsync(
            $"/api/v1/flows/count?from=1969-12-31&to=2026-05-13&filter={Uri.EscapeDataString($"pod = {_pod} and {filter}")}"))
            .RootElement.GetProperty("flows").GetInt64();
}
