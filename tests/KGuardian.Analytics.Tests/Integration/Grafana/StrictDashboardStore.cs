using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Tests.Integration.Grafana;

/// <summary>The same with limits that are soon reached.</summary>
public sealed class StrictDashboardStore : DashboardStore
{
    public const int MaxExecutionSeconds = 56;
    public const int MaxResultRows = 1_000;
    public const int MaxRowsToRead = 100_000;
    public const long MaxMemoryBytes = 48L << 20;

    private protected override LocalNodeOptions Options => base.Options with
    {
        GrafanaMaxExecutionTime = TimeSpan.FromSeconds(MaxExecutionSeconds),
        GrafanaMaxResultRows = MaxResultRows,
        GrafanaMaxRowsToRead = MaxRowsToRead,
        GrafanaMaxMemoryBytes = MaxMemoryBytes,
    };
}
