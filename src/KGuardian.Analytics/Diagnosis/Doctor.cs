using KGuardian.Analytics.Backups;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Looks at a store and its engine: what is wrong or will be, how it shows, and what to do.</summary>
/// <param name="client">ClickHouse; its database is the store.</param>
/// <param name="checks">What is looked at, in the order of the findings.</param>
internal sealed class Doctor(ClickHouseClient client, IReadOnlyList<Check> checks)
{
    /// <summary>A sign of life that takes longer is none.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>What is found; the checks run beside each other.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        var obstacle = await FindObstacleAsync(cancellationToken);
        var found = await Task.WhenAll(checks.Where(check => obstacle is null || !check.NeedsStore).Select(check => LookAsync(check, cancellationToken)));
        return [.. obstacle is null ? [] : new[] { obstacle }, .. found.SelectMany(findings => findings)];
    }

    /// <summary>Why the store cannot be looked at: no sign of life, or one that spans servers; null when it can.</summary>
    private async Task<Finding?> FindObstacleAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            return await ClusterStore.FindAsync(client, limit.Token) is not { } cluster ? null : new Finding(
                "cluster", Severity.Warning,
                $"{client.Database} spans the shards of ClickHouse:Cluster = {cluster.Cluster}: without a running server they are not looked at",
                "Start the server, or ask a server of each shard, from a directory that no server uses: KGUARDIAN_DATA_DIR=/tmp/doctor "
                + $"KGUARDIAN_CLICKHOUSE__DATABASE={cluster.Own} KGUARDIAN_CLICKHOUSE_URL=http://shard:8123 kguardian-analytics doctor");
        }
        catch (ClickHouseException e)
        {
            return Silence(e.Text);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return Silence($"nothing came within {Patience}");
        }
    }

    private Finding Silence(string reason) => new(
        "clickhouse", Severity.Error, $"ClickHouse at {client.Endpoint} does not answer: {reason}",
        "Look at the server's log. The local node is restarted by itself; "
        + "a server of yours is to be looked at where it runs, with KGUARDIAN_CLICKHOUSE_URL as this one sees it.");

    /// <summary>What a check finds, or that it could not look.</summary>
    internal static async Task<IReadOnlyList<Finding>> LookAsync(Check check, CancellationToken cancellationToken)
    {
        try
        {
            return await check.LookAsync(cancellationToken);
        }
        catch (ClickHouseException e)
        {
            return [new Finding(
                check.Name, Severity.Warning, $"It could not be looked at: {e.Text}",
                "Grant ClickHouse's user SELECT on system.* (GRANT SELECT ON system.* TO ...), or ask again when ClickHouse is less busy.")];
        }
        catch (StoreNotReadyException e)
        {
            return [new Finding(
                check.Name, Severity.Warning, $"It could not be looked at: {e.Message}",
                "Ask again when the server is ready: /health says what it waits for.")];
        }
    }
}
