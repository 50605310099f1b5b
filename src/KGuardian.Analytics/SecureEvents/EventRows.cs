namespace KGuardian.Analytics.SecureEvents;

/// <summary>Rows of <c>secure_events AS t</c>, in SQL.</summary>
internal static class EventRows
{
    /// <summary>The condition that an event is of a category.</summary>
    public static string IsOf(EventCategory category) =>
        $"t.rule IN ({string.Join(", ", EventRule.All.Where(rule => rule.Category == category).Select(rule => $"'{rule.Name}'"))})";
}
