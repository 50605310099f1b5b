namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>Acknowledged flows on their way to ClickHouse.</summary>
internal static class Backlog
{
    /// <summary>Waits until ClickHouse has them all: a read waits, too, but not for one that failed and is to be tried again.</summary>
    public static Task LoadedAsync(this ApiClient api) =>
        Patience.UntilAsync("acknowledged flows are in ClickHouse", async () => await api.GetMetricAsync("kguardian_ingest_backlog_flows") == 0);
}
