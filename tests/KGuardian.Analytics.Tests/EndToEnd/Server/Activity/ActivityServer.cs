using System.Text.Json.Nodes;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Activity;

/// <summary>A server that has the sample. Tests add flows of days of their own.</summary>
public sealed class ActivityServer : IAsyncLifetime
{
    /// <summary>The routes.</summary>
    public const string Base = "/api/v2/activityAudit";

    private RemoteStore _store = null!;
    private ServerProcess _server = null!;

    internal ApiClient Api => _server.Api;

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        _store = await RemoteStore.CreateAsync();
        _server = await _store.StartServerAsync(("KGUARDIAN_TOPOLOGY__CLUSTERNAME", "here"), ("KGUARDIAN_INGEST__ACTIVITYINTERVAL", "00:00:00.100"));
        await Api.PostBatchAsync(RealFlows.Events);
        // Repeats are written behind the answer.
        var repeats = $"{RealFlows.Events.Length - RealFlows.Rows.Length}";
        await Patience.UntilAsync("the sample's repeats are stored", async () =>
            await _store.SqlAsync("SELECT sum(observations) FROM kguardian.traffic_activity") == repeats);
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _store.DisposeAsync();
    }

    internal async Task<JsonNode> JsonAsync(string query) => JsonNode.Parse(await Api.GetTextAsync($"{Base}/{query}"))!;

    /// <summary>A page.</summary>
    internal async Task<ActivityPage> PageAsync(string query)
    {
        var page = (await JsonAsync($"events?{query}")).AsObject();
        Assert.Equal(["page", "data"], page.Select(member => member.Key));
        // Absent, not null.
        Assert.All(page["page"]!.AsObject(), member => Assert.NotNull(member.Value));
        return new ActivityPage(
            [.. page["data"]!.AsArray().Select(one => one!)], page["page"]!["total"]?.GetValue<int>(),
            page["page"]!["prev"]?.GetValue<string>(), page["page"]!["next"]?.GetValue<string>());
    }

    /// <summary>Nanoseconds of a time as flows are posted with.</summary>
    internal static long Nanoseconds(string? time) =>
        (DateTimeOffset.Parse(time + "Z", System.Globalization.CultureInfo.InvariantCulture) - DateTimeOffset.UnixEpoch).Ticks * 100;
}

/// <summary>A page of events.</summary>
internal sealed record ActivityPage(JsonNode[] Data, int? Total, string? Prev, string? Next)
{
    public string[] Ids => [.. Data.Select(one => one["id"]!.GetValue<string>())];
}
