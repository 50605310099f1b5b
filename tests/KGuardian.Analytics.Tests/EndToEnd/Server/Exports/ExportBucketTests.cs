using System.Net;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Exports;

/// <summary>A server whose exports go to a bucket, which is not always there.</summary>
public sealed class ExportBucketTests
{
    private const string Base = "/api/reporting/v1/flows";

    [Fact]
    public async Task File_goes_to_the_bucket_once_it_is_there_and_is_deleted_there_once_it_is_there()
    {
        await using var bucket = new S3Server();
        await using var store = await RemoteStore.CreateAsync();
        (string, string)[] settings =
        [
            ("KGUARDIAN_EXPORTS__S3ENDPOINT", $"{bucket.Address}"), ("KGUARDIAN_EXPORTS__S3ACCESSKEY", S3Server.Key),
            ("KGUARDIAN_EXPORTS__S3SECRETKEY", S3Server.Key),
        ];
        string schedule, file;
        await using (var server = await store.StartServerAsync(settings))
        {
            await server.Api.PostBatchAsync(FlowEvent.Many(FlowEvent.NewPod(), 50));
            using var created = await server.Api.PostAsync(
                $"{Base}/schedules", """
                {"name": "all", "reportType": "flows", "format": "ndjson", "basis": "first_seen", "window": "-3650d", "schedule": {"cron": "0 0 1 1 *"}}
                """);
            schedule = JsonNode.Parse(await created.Content.ReadAsStringAsync())!["id"]!.GetValue<string>();
            file = await RunAsync(server);
            await UntilAsync(server, "failed");
            Assert.Contains($"{bucket.Address}", await server.Api.GetTextAsync($"{Base}/schedules/{schedule}"), StringComparison.Ordinal);

            await bucket.StartAsync();
            Assert.Equal(file, await RunAsync(server));
            await UntilAsync(server, "finished");

            using var answer = await server.Api.GetAsync($"{Base}/reports/{file}");
            Assert.Equal(HttpStatusCode.TemporaryRedirect, answer.StatusCode);
            using var anybody = new HttpClient();
            var flows = await anybody.GetStringAsync(answer.Headers.Location);
            Assert.Equal(50, flows.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            Assert.Equal([$"{file}.ndjson"], bucket.Objects);
            Assert.Empty(Directory.GetFiles(Path.Combine(store.DataDirectory, "exports")));

            await bucket.KillAsync();
            using var away = await server.Api.GetAsync($"{Base}/reports/{file}");
            Assert.Equal(HttpStatusCode.ServiceUnavailable, away.StatusCode);
            using var deleted = await server.Api.SendAsync(HttpMethod.Delete, $"{Base}/schedules/{schedule}", null);
            Assert.Equal(HttpStatusCode.OK, deleted.StatusCode);
            using var gone = await server.Api.GetAsync($"{Base}/reports/{file}");
            Assert.Equal(HttpStatusCode.NotFound, gone.StatusCode);
        }

        Assert.Equal([$"{file}.ndjson"], bucket.Objects);
        await bucket.StartAsync();
        await using (await store.StartServerAsync(settings))
        {
            await Patience.UntilAsync("what was deleted is deleted", () => bucket.Objects.Length == 0);
        }

        async Task<string> RunAsync(ServerProcess server)
        {
            using var run = await server.Api.SendAsync(HttpMethod.Post, $"{Base}/schedules/{schedule}/run", null);
            Assert.Equal(HttpStatusCode.Accepted, run.StatusCode);
            return JsonNode.Parse(await run.Content.ReadAsStringAsync())!["fileId"]!.GetValue<string>();
        }

        Task UntilAsync(ServerProcess server, string status) => Patience.UntilAsync(
            $"the file is {status}", async () => JsonNode.Parse(await server.Api.GetTextAsync($"{Base}/schedules/{schedule}"))!["reports"]!
                .AsArray().Any(report => report!["status"]!.GetValue<string>() == status));
    }
}
