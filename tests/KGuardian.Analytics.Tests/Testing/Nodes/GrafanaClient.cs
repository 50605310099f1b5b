using System.Globalization;
using System.Text;
using System.Text.Json;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>Asks ClickHouse over HTTP as Grafana's plugin does: in the data source's database, with a time limit of the plugin's own.</summary>
internal sealed class GrafanaClient(ClickHouseEndpoint endpoint, string database) : IDisposable
{
    /// <summary>The data sources' queryTimeout, and the 5 s that the plugin's client adds.</summary>
    public const int MaxExecutionTime = 55;

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseProxy = false });

    /// <summary>The answer, or ClickHouse's refusal.</summary>
    public async Task<GrafanaAnswer> AskAsync(string sql, params (string Name, string Value)[] settings)
    {
        var query = string.Concat(settings.Select(setting => $"&{setting.Name}={Uri.EscapeDataString(setting.Value)}"));
        var address = new Uri(
            endpoint.Url,
            $"/?database={database}&default_format=JSONCompact&max_execution_time={MaxExecutionTime}&wait_end_of_query=1{query}");
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = new StringContent(sql, Encoding.UTF8) };
        request.Headers.ConnectionClose = true;
        request.Headers.Add("X-ClickHouse-User", endpoint.User);
        request.Headers.Add("X-ClickHouse-Key", endpoint.Password);
        using var answer = await _http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        if (!answer.IsSuccessStatusCode)
        {
            return new GrafanaAnswer([], 0, text.Trim());
        }

        var summary = JsonDocument.Parse(answer.Headers.GetValues("X-ClickHouse-Summary").Single()).RootElement;
        // Statements such as EXPLAIN name their format themselves, or answer nothing.
        var rows = text.StartsWith('{')
            ? JsonDocument.Parse(text).RootElement.GetProperty("data").EnumerateArray().Select(row => row.EnumerateArray().ToArray())
            : [];
        return new GrafanaAnswer([.. rows], long.Parse(summary.GetProperty("read_rows").GetString()!, CultureInfo.InvariantCulture), null);
    }

    public void Dispose() => _http.Dispose();
}
