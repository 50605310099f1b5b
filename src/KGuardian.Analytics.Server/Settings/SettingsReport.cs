using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The effective configuration as JSON, secrets masked: the answer of <c>--check</c>.</summary>
internal static class SettingsReport
{
    public static string Describe(ServerSettings settings)
    {
        var report = new JsonObject
        {
            ["LISTEN_ADDR"] = settings.ListenAddress.ToString(),
            ["Role"] = settings.Role.ToString().ToLowerInvariant(),
            ["BROKER_AUTH_TOKEN"] = Mask(settings.AuthToken),
            ["Auth"] = Section(settings.Auth),
            ["KGUARDIAN_DATA_DIR"] = Path.GetFullPath(settings.DataDirectory),
            ["KGUARDIAN_CLICKHOUSE_URL"] = settings.ClickHouse is [var single] ? single.Url.ToString() : null,
            ["KGUARDIAN_CLICKHOUSE_USER"] = settings.ClickHouse is [var asked, ..] ? asked.User : null,
            ["KGUARDIAN_CLICKHOUSE_PASSWORD"] = settings.ClickHouse is [var known, ..] ? Mask(known.Password) : null,
            ["ClickHouse"] = ClickHouse(settings),
            ["Node"] = settings.HasLocalNode ? Section(Masked(settings.Node)) : null,
            ["Storage"] = StorageSettings.Describe(settings),
            ["Ingest"] = Section(settings.Ingest),
            ["Dedup"] = Section(settings.Dedup),
            ["Inventory"] = Inventory(settings),
            ["Retention"] = Section(settings.Retention),
            ["Query"] = Section(settings.Query),
            ["Verdicts"] = Section(settings.Verdicts),
            ["Events"] = EventSettings.Describe(settings.Events),
            ["Topology"] = new JsonObject
            {
                ["ClusterName"] = settings.Topology.ClusterName,
                ["ClusterCidrs"] = Text(settings.Topology.ClusterCidrs),
                ["Rollup"] = settings.Topology.HasRollup,
            },
            ["Upstream"] = UpstreamSettings.Describe(settings.Upstream),
            ["Exports"] = ExportSettings.Describe(settings.Exports),
            ["Forwarding"] = ForwardingSettings.Describe(settings.Forwarding),
            ["Http"] = new JsonObject { ["TrustedProxies"] = Text(settings.Http.TrustedProxies), ["PathBase"] = settings.Http.PathBase },
            ["Console"] = new JsonObject { ["Enabled"] = settings.ConsoleEnabled },
            ["Traffic"] = TrafficSettings.Describe(settings.Traffic),
            ["Shutdown"] = new JsonObject { ["Timeout"] = settings.ShutdownTimeout.ToString("c", CultureInfo.InvariantCulture) },
        };
        return report.ToJsonString(new JsonSerializerOptions { WriteIndented = true }) + "\n";
    }

    private static JsonObject ClickHouse(ServerSettings settings)
    {
        var section = Section(settings.Client)!.AsObject();
        section.Insert(0, "Endpoints", new JsonArray([.. settings.ClickHouse.Select(endpoint => JsonValue.Create(endpoint.Url.ToString()))]));
        section.Insert(1, "Cluster", settings.Cluster);
        return section;
    }

    private static JsonObject Inventory(ServerSettings settings)
    {
        var section = Section(settings.Inventory)!.AsObject();
        section["AnonymousPodList"] = Text(settings.AnonymousPodList);
        return section;
    }

    private static string? Text(IEnumerable<IPNetwork> networks) => string.Join(',', networks) is { Length: > 0 } text ? text : null;

    private static LocalNodeOptions Masked(LocalNodeOptions node) =>
        node with { ReadOnlyPassword = Mask(node.ReadOnlyPassword), GrafanaPassword = Mask(node.GrafanaPassword), Cold = null };

    private static string? Mask(string? secret) => string.IsNullOrEmpty(secret) ? null : ServerSettings.Masked;

    private static JsonNode? Section<T>(T options) => JsonSerializer.SerializeToNode(options);
}
