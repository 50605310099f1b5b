using System.Text.Json;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>A template variable.</summary>
internal sealed class DashboardVariable(JsonElement json)
{
    public string Name => json.GetProperty("name").GetString()!;

    public string Type => json.GetProperty("type").GetString()!;

    public bool HasAll => json.TryGetProperty("includeAll", out var all) && all.GetBoolean();

    /// <summary>The data source it starts with, of a variable that chooses one.</summary>
    public string DataSource => json.GetProperty("current").GetProperty("value").GetString()!;

    /// <summary>Its SQL; null when it asks something else than ClickHouse.</summary>
    public string? Sql => Type == "query" && json.GetProperty("query").TryGetProperty("rawSql", out var sql) ? sql.GetString() : null;
}
