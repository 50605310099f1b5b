using System.Globalization;
using System.Text.Json;
using System.Xml.Linq;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>
/// The server's ClickHouse node asked directly, as a dashboard would: over HTTP, as its read-only user, whose password is in the data directory.
/// </summary>
internal sealed class DirectNode
{
    private const string User = "kguardian_readonly";
    private const string Database = "kguardian";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    public DirectNode(string dataDirectory)
    {
        var directory = Path.Combine(dataDirectory, "clickhouse");
        var config = XElement.Load(Path.Combine(directory, "config.xml"));
        Url = new($"http://127.0.0.1:{config.Element("http_port")!.Value}");
        var password = File.ReadAllText(Path.Combine(directory, "readonly.password")).Trim();
        Headers = $"X-ClickHouse-User: {User}\r\nX-ClickHouse-Key: {password}\r\n";
    }

    public Uri Url { get; }

    /// <summary>Header lines that every request to <see cref="Url"/> needs.</summary>
    public string Headers { get; }

    /// <summary>The path of a statement; its parameters and settings go along.</summary>
    public static string PathOf(ClickHouseQuery query)
    {
        var values = query.Parameters.Concat(query.Settings).Select(value => $"&{value.Key}={Uri.EscapeDataString(value.Value)}");
        return $"/?database={Database}{string.Concat(values)}&query={Uri.EscapeDataString(query.Sql)}";
    }

    /// <summary>What the table of flows comes to now.</summary>
    public StoredFlows Flows()
    {
        var answer = Ask(
            "SELECT active_parts, total_rows, total_bytes FROM system.tables WHERE database = currentDatabase() AND name = 'traffic' FORMAT JSONEachRow");
        using var json = JsonDocument.Parse(answer);
        return new(Number("active_parts"), Number("total_rows"), Number("total_bytes"));

        long Number(string name)
        {
            var value = json.RootElement.GetProperty(name);
            return value.ValueKind == JsonValueKind.String ? long.Parse(value.GetString()!, CultureInfo.InvariantCulture) : value.GetInt64();
        }
    }

    /// <summary>Waits until merges have nothing more to do for a while, or for two minutes; returns what is stored then.</summary>
    public StoredFlows Settle()
    {
        var stored = Flows();
        for (var deadline = DateTime.UtcNow.AddMinutes(2); DateTime.UtcNow < deadline;)
        {
            Thread.Sleep(TimeSpan.FromSeconds(5));
            var before = stored;
            stored = Flows();
            if (stored.Parts == before.Parts)
            {
                break;
            }
        }

        return stored;
    }

    private string Ask(string sql)
    {
        using var http = new HttpClient { Timeout = Patience };
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(Url, PathOf(new ClickHouseQuery(sql))));
        foreach (var line in Headers.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
        {
            request.Headers.Add(line.Split(": ")[0], line.Split(": ")[1]);
        }

        using var response = http.Send(request);
        using var body = new StreamReader(response.Content.ReadAsStream());
        var text = body.ReadToEnd();
        return response.IsSuccessStatusCode ? text : throw new IOException($"ClickHouse refused '{sql}': {text}");
    }
}
