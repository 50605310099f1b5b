using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Exports;

/// <summary>Servers that are killed while they export: the same file comes to be, and each flow is in one.</summary>
public sealed class ExportCrashTests
{
    private const string Schedules = "/api/reporting/v1/flows/schedules";

    [Fact]
    public async Task Killed_export_begins_anew_with_its_file_and_its_bounds()
    {
        await using var store = await RemoteStore.CreateAsync();
        var server = await store.StartServerAsync();
        try
        {
            using var created = await server.Api.PostAsync(
                Schedules, """{"name":"all","reportType":"flows","format":"ndjson","fields":["uuid"],"schedule":{"cron":"0 0 1 1 *"}}""");
            var id = JsonNode.Parse(await created.Content.ReadAsStringAsync())!["id"]!.GetValue<string>();
            var (sent, files) = (new List<string>(), new List<string>());
            for (var round = 0; round < 3; round++)
            {
                for (var batch = 0; batch < 4; batch++)
                {
                    var flows = FlowEvent.Many(FlowEvent.NewPod(), 2000);
                    Assert.Equal(2000, await server.Api.PostBatchAsync(flows));
                    sent.AddRange(flows.Select(flow => flow.Uuid!));
                }

                using var run = await server.Api.SendAsync(HttpMethod.Post, $"{Schedules}/{id}/run", null);
                Assert.Equal(HttpStatusCode.Accepted, run.StatusCode);
                files.Add(JsonNode.Parse(await run.Content.ReadAsStringAsync())!["fileId"]!.GetValue<string>());
                // Before it began, within, or behind it: as it comes.
                await Patience.UntilAsync("it has begun", async () =>
                    (await server.Api.GetTextAsync($"{Schedules}/{id}")).Contains("\"running\"", StringComparison.Ordinal) || round != 1
                    || (await server.Api.GetTextAsync($"{Schedules}/{id}")).Contains("\"finished\"", StringComparison.Ordinal));
                await server.DisposeAsync();
                server = await store.StartServerAsync();
                await Patience.UntilAsync("they are finished", async () => JsonNode.Parse(await server.Api.GetTextAsync($"{Schedules}/{id}"))!["reports"]!
                    .AsArray().Count(report => report!["status"]!.GetValue<string>() == "finished") == files.Count);
            }

            var rows = new StringBuilder();
            foreach (var file in files)
            {
                rows.Append(await server.Api.GetTextAsync($"/api/reporting/v1/flows/reports/{file}"));
            }

            var found = rows.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(row => JsonNode.Parse(row)!["uuid"]!.GetValue<string>());
            Assert.Equal(sent.Order(StringComparer.Ordinal), found.Order(StringComparer.Ordinal));
            Assert.Equal(files.Count, Directory.GetFiles(Path.Combine(store.DataDirectory, "exports")).Length);
        }
        finally
        {
            await server.DisposeAsync();
        }
    }
}
