namespace KGuardian.Analytics.Store;

/// <summary>The views of <c>schema/0008_dashboard_views.sql</c>: all that dashboards may read.</summary>
internal static class DashboardViews
{
    /// <summary>Their names, in the database of the tables.</summary>
    public static IReadOnlyList<string> Names { get; } =
        ["flows", "flow_activity", "flow_names", "rejected", "retention", "store_parts", "store_merges", "store_mutations", "store_disks"];
}
