using System.Text.Json;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>What a panel gets.</summary>
/// <param name="Rows">Rows of values.</param>
/// <param name="RowsRead">Rows that ClickHouse read for it.</param>
/// <param name="Refusal">ClickHouse's error; null when there is none.</param>
internal sealed record GrafanaAnswer(IReadOnlyList<JsonElement[]> Rows, long RowsRead, string? Refusal)
{
    /// <summary>Whether a panel shows nothing of it: no rows, or a single one without any value.</summary>
    public bool IsEmpty => Rows.All(row => row.All(value => value.ValueKind == JsonValueKind.Null));

    /// <summary>The first column as text.</summary>
    public string[] Texts => [.. Rows.Select(row => row[0].ToString())];
}
