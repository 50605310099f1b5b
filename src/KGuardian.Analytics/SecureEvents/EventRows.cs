using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Filters;

namespace KGuardian.Analytics.SecureEvents;

/// <summary>Rows of <c>secure_events AS t</c>, in SQL.</summary>
internal static class EventRows
{
    /// <summary>The table. It merges what two servers raised; until it has, it must be read as if it had.</summary>
    public static string From(FlowQueryRunner runner) => runner.RowsMayRepeat ? "secure_events AS t FINAL" : "secure_events AS t";

    /// <summary>The condition that an event is of a category.</summary>
    public static string IsOf(EventCategory category) =>
        $"t.rule IN ({string.Join(", ", EventRule.All.Where(rule => rule.Category == category).Select(rule => $"'{rule.Name}'"))})";

    /// <summary>The condition for events of a filter: those that would have happened only where it asks for a category or a rule.</summary>
    public static string ShownBy(FlowFilter filter) => NamesCategory(filter) ? "1" : IsOf(EventCategory.Runtime);

    private static bool NamesCategory(FlowFilter filter) => filter switch
    {
        FlowComparison comparison => comparison.Field.Name is "category" or "ruleName",
        FlowGroup group => group.Filters.Any(NamesCategory),
        FlowNot not => NamesCategory(not.Filter),
        _ => false,
    };
}
