using System.IO.Pipelines;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Query.Pages;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>What the server makes of a POST and of a GET, without a server.</summary>
internal static class TierCalls
{
    /// <summary>Commits a batch; returns how many of its flows were new.</summary>
    public static async Task<int> PostAsync(IngestTier ingest, IngestSessions sessions, FlowEvent[] events)
    {
        using var session = sessions.Open();
        using var body = new MemoryStream(Encoding.UTF8.GetBytes(FlowEvent.Batch(events)));
        await session.ReadAsync(PipeReader.Create(body), BodyShape.Batch, CancellationToken.None);
        return await ingest.CommitAsync(session.Batch);
    }

    /// <summary>The uuids that a read shows.</summary>
    public static async Task<string[]> ReadAsync(IngestTier ingest, ClickHouseClient client, RetentionWindow window)
    {
        await ingest.FlushAsync();
        var reader = new BrokerTrafficReader(client.Runner(window));
        await using var rows = await reader.AllAsync(null, RowFormat.JsonLines, CancellationToken.None);
        using var text = new StreamReader(rows.Body);
        var lines = (await text.ReadToEndAsync()).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return [.. lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("uuid").GetString()!)];
    }
}
