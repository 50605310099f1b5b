using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Hostile;

/// <summary>Texts that mean something to SQL, to ClickHouse's parameters or to JSON are data, in every field and every parameter.</summary>
public sealed class InjectionTests : IAsyncLifetime
{
    private static readonly string[] Texts =
    [
        .. Samples.HostileTexts, "{namespace:String}", "{oldest:Date}", "'+(SELECT 1)+'", "'||version()||'", "\\'; DROP TABLE traffic; --",
        "`traffic`", "${jndi:x}", "a\u0000'", "\\\\", "\\t\t", "</script>", "%00", "param_name=1", "1' FORMAT Null --", "\u2028", "\\u0000", "\"}]}",
        new('\'', 1024), new('\\', 1024),
    ];

    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _server = await _store.StartServerAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    [Fact]
    public async Task Text_in_every_field_of_an_event_comes_back_and_is_found_by_filters()
    {
        var pod = FlowEvent.NewPod();
        var plain = FlowEvent.Of(pod, 0);
        var rows = Texts.SelectMany((text, n) => new[]
        {
            plain with { PodName = text, PodNamespace = text, TrafficInOutIp = $"10.0.0.{n}" },
            plain with { PodIp = text, TrafficInOutIp = text, IpProtocol = text, TrafficType = text, Decision = text },
        }).Select((row, n) => row with { Uuid = FlowEvent.Of(pod, n).Uuid, TimeStamp = FlowEvent.Time(n) }).ToArray();

        Assert.Equal(rows.Length, await _server.Api.PostBatchAsync(rows));
        Assert.Equal(0, await _server.Api.PostBatchAsync(rows));
        Assert.Equal(FlowEvent.NewestFirst(rows), await _server.Api.GetRowsAsync("/pod/traffic"));

        foreach (var text in Texts)
        {
            var quoted = "\""
                + text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal)
                    .Replace("\0", "\\0", StringComparison.Ordinal)
                + "\"";
            var found = await FindAsync($"pod = {quoted} and namespace in ({quoted}, \"no\") and pod startsWith {quoted} and namespace contains {quoted}");
            Assert.Equal([text], found.Select(row => row.GetProperty("pod_name").GetString()));
            // Kestrel takes no NUL in a path, and no dots alone.
            if (!text.Contains('\0', StringComparison.Ordinal))
            {
                var ofPod = await _server.Api.GetRowsAsync($"/pod/traffic/{Uri.EscapeDataString(text)}?namespace={Uri.EscapeDataString(text)}");
                Assert.Equal([text], ofPod.Select(row => row.PodName));
            }
        }

        Assert.Equal(rows.Length.ToString(System.Globalization.CultureInfo.InvariantCulture), await _store.SqlAsync("SELECT count() FROM kguardian.traffic"));
    }

    [Fact]
    public async Task Text_in_any_parameter_of_any_route_is_a_value_or_a_4xx()
    {
        Assert.Equal(104, await _server.Api.PostBatchAsync(RealFlows.Events));
        var reads = (await ServerRoutes.ReadAsync())
            .Where(route => route.Method == "GET" && !route.Pattern.EndsWith("/tail", StringComparison.Ordinal)).ToArray();
        foreach (var (_, pattern) in reads)
        {
            foreach (var text in Texts.Where(text => !text.Contains('\0', StringComparison.Ordinal)))
            {
                var value = Uri.EscapeDataString(text);
                var path = string.Join('/', pattern.Split('/').Select(part => part.StartsWith('{') ? value : part));
                // All that routes know at once would only show the first one's error.
                string[] parameters = pattern.Contains('{', StringComparison.Ordinal)
                    ? ["namespace"]
                    : ["filter", "from", "limit", "cursor", "namespace", "by", "search", text];
                foreach (var parameter in parameters)
                {
                    using var answer = await AskAsync($"{path}?{Uri.EscapeDataString(parameter)}={value}");
                    var body = await answer.Content.ReadAsStringAsync();
                    Assert.True((int)answer.StatusCode < 500, $"{path}?{parameter}={value}: {answer.StatusCode} {body}");
                    Assert.DoesNotContain("DB::Exception", body, StringComparison.Ordinal);
                }
            }
        }

        Assert.Equal("104", await _store.SqlAsync("SELECT count() FROM kguardian.traffic"));
        using var health = await AskAsync("/health");
        Assert.Equal(HttpStatusCode.OK, health.StatusCode);
    }

    private Task<HttpResponseMessage> AskAsync(string path) => ApiClient.PatientlyAsync(() => _server.Api.GetAsync(path));

    private async Task<JsonElement[]> FindAsync(string filter)
    {
        var text = await _server.Api.GetTextAsync($"/api/v1/flows?from=2026-01-01&to=2027-01-01&filter={Uri.EscapeDataString(filter)}");
        return [.. JsonDocument.Parse(text).RootElement.GetProperty("data").EnumerateArray()];
    }
}
