using System.Text.Json;

namespace KGuardian.Analytics.Server.Terminal;

/// <summary>What a look of <c>top</c> found.</summary>
/// <param name="View">What was looked at.</param>
/// <param name="Talkers">Values and how many flows each has.</param>
/// <param name="Drops">Whose flows were dropped.</param>
/// <param name="Problem">Why the last look failed, and the rows are older; null for not.</param>
internal sealed record TopFrame(TopView View, JsonElement[] Talkers, JsonElement[] Drops, string? Problem)
{
    /// <summary>The talkers in the order that the view asks for.</summary>
    public JsonElement[] Sorted => View.SortedBy is not { } column ? Talkers
        : [.. Talkers.OrderBy(row => row.EnumerateObject().ElementAtOrDefault(column).Value is { ValueKind: JsonValueKind.String } text ? text.GetString() : "",
            StringComparer.Ordinal)];
}
