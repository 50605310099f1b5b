using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Bad parameters of flow reports and traffic events: their family's own 400, which names parameter and value.</summary>
[Collection(OnLocalServer.Name)]
public sealed class FamilyErrorTests(LocalServer server)
{
    private const string Reports = "/api/v1/flow-reports";
    private const string Stats = "/api/v1/flow-reports/stats";
    private const string Events = "/api/events/network-traffic";

    public static TheoryData<string, string, string> Bad()
    {
        string[] numbers = ["0", "-1", "1.5", "x", "%00", "1%00", "1%27%20OR%201=1", "99999999999999999999", "%2B1", "%201", "1e1", "", new string('9', 5000)];
        string[] words = ["", "x", "UPLINK%27", "%00", "1;DROP%20TABLE%20traffic", new string('a', 5000)];
        string[] times =
        [
            "", "yesterday", "2026-02-30", "2026-13-01", "2026-1-1", "now%2B7d", "%00", "now()", "1899-01-01", "3000-01-01", new string('2', 5000),
        ];
        string[] ends =
        [
            "", "x", "1.2.3", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", ":", ":x", "[::1", "::1]:80", "[1.2.3.4]:80", "[::1]x", "[::1]:x", "[]", "[]:80",
            "1.2.3.4/33", "::1%25", "01.2.3.4", "%00", "1.2.3.4%00", "1.2.3.4:5%00", "1.2.3.4%27--", new string('1', 5000),
        ];
        string[] texts = ["", new string('a', 5000)];
        var data = new TheoryData<string, string, string>();
        foreach (var (names, values) in new[]
        {
            (new[] { "protocol" }, numbers), (["direction", "action"], words), (["start", "end"], times),
            (["source", "destination"], ends), (["subscriber_id"], texts),
        })
        {
            Add(Reports, names, values);
            Add(Stats, names, values);
        }

        Add(Reports, ["page", "per_page"], [.. numbers]);
        Add(Reports, ["per_page"], ["101"]);
        Add(Reports, ["protocol"], ["256"]);
        Add(Reports, ["group_by"], [.. words, "Day", "day,subscriber"]);
        Add(Reports, ["Page", "limit", "filter", "x%27y", new string('n', 5000)], ["1"]);
        Add(Stats, ["page", "per_page", "group_by"], ["1"]);
        Add(Events, ["page", "page_size"], numbers);
        Add(Events, ["page_size"], ["1001"]);
        Add(Events, ["protocol"], [.. numbers[1..], "256"]);
        Add(Events, ["type", "connection_type", "direction"], [.. words, "type_start", "ingress", "Routed"]);
        Add(Events, ["start_date", "end_date"], times);
        Add(Events, ["user_id", "reporter_id", "search"], texts);
        Add(Events, ["per_page", "limit"], ["1"]);
        return data;

        void Add(string path, IEnumerable<string> names, string[] values)
        {
            foreach (var name in names)
            {
                data.Add(path, name, string.Join('\n', values));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Parameter_that_cannot_be_taken_is_the_familys_400_that_names_it(string path, string name, string values)
    {
        foreach (var value in values.Split('\n'))
        {
            var message = await RefusalAsync(path, $"{name}={value}");
            Assert.StartsWith(Uri.UnescapeDataString(name)[..Math.Min(name.Length, 3)], message, StringComparison.Ordinal);
            Assert.Contains("Allowed: ", message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData(Reports, "page=1&page=2", "page")]
    [InlineData(Reports, "group_by=day&group_by=day", "group_by")]
    [InlineData(Reports, "start=2026-02-02&end=2026-02-01", "start")]
    [InlineData(Reports, "end=2000-01-01", "start")]
    [InlineData(Reports, "group_by=day&page=0", "page")]
    [InlineData(Stats, "source=1.1.1.1&source=2.2.2.2", "source")]
    [InlineData(Events, "search=a&search=b", "search")]
    [InlineData(Events, "start_date=2026-02-02T00:00:01Z&end_date=2026-02-02T00:00:00Z", "start_date")]
    public async Task Parameters_that_do_not_go_together_are_400(string path, string query, string name) =>
        Assert.StartsWith(name, await RefusalAsync(path, query), StringComparison.Ordinal);

    [Theory]
    [InlineData(Reports, "subscriber_id")]
    [InlineData(Events, "reporter_id")]
    [InlineData(Events, "user_id")]
    [InlineData(Events, "search")]
    public async Task Hostile_text_is_only_text(string path, string name)
    {
        foreach (var text in new[] { "' OR 1=1 --", "\\', 'x", "\0", "%", "{oldest:Date}", "\u2028😀", "a/b/c", "/" })
        {
            using var answer = await server.Api.GetAsync(
                $"{path}?{name}={Uri.EscapeDataString(text)}"
                + $"&{(path == Reports ? "start" : "start_date")}=2039-01-01&{(path == Reports ? "end" : "end_date")}=2039-01-02");
            var document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(0, (path == Reports ? document.GetProperty("result").GetProperty("total_count") : document.GetProperty("total_records")).GetInt32());
        }
    }

    private async Task<string> RefusalAsync(string path, string query)
    {
        using var answer = await server.Api.GetAsync($"{path}?{query}");
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(
            answer.StatusCode == HttpStatusCode.BadRequest,
            $"{answer.StatusCode} for {query[..Math.Min(query.Length, 100)]}: {text[..Math.Min(text.Length, 300)]}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.InRange(text.Length, 1, 4000);
        var error = JsonDocument.Parse(text).RootElement;
        if (path != Events)
        {
            return Assert.Single(error.EnumerateObject(), property => property.Name == "error").Value.GetString()!;
        }

        Assert.Equal(["message", "code"], error.EnumerateObject().Select(property => property.Name));
        Assert.Equal(400, error.GetProperty("code").GetInt32());
        return error.GetProperty("message").GetString()!;
    }
}
