using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Looks at a store and its engine: what is wrong or will be, how it shows, and what to do.</summary>
/// <param name="client">ClickHouse; its database is the store.</param>
/// <param name="checks">What is looked at, in the order of the findings.</param>
public sealed class Doctor(ClickHouseClient client, IReadOnlyList<Check> checks)
{
    /// <summary>A sign of life that takes longer is none.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    /// <summary>What is found; the checks run beside each other.</summary>
    public async Task<IReadOnlyList<Finding>> ExamineAsync(CancellationToken cancellationToken)
    {
        if (await FindSilenceAsync(cancellationToken) is { } silence)
        {
            return [new Finding(
                "clickhouse", Severity.Error, $"ClickHouse at {client.Endpoint} does not answer: {silence}",
                "Look at the server's log. The local node is restarted by itself; a server of yours is to be looked at where it runs, with KGUARDIAN_CLICKHOUSE_URL as this one sees it.")];
        }

        var found = await Task.WhenAll(checks.Select(check => LookAsync(check, cancellationToken)));
        return [.. found.SelectMany(findings => findings)];
    }

    /// <summary>Why there is no sign of life; null when there is one.</summary>
    private async Task<string?> FindSilenceAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            await client.ExecuteAsync(new ClickHouseQuery("SELECT 1 FORMAT Null") { Database = "default", TimeLimit = Patience }, limit.Token);
            return null;
        }
        catch (ClickHouseException e)
        {
            return e.Text;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"nothing came within {Patience}";
        }
    }

    private static async Task<IReadOnlyList<Finding>> LookAsync(Check check, CancellationToken cancellationToken)
    {
        try
        {
            return await check.LookAsync(cancellationToken);
        }
        catch (ClickHouseException e)
        {
            return [new Finding(
                check.Name, Severity.Warning, $"It could not be looked at: {e.Text}", "Grant ClickHouse's user SELECT on system.* (GRANT SELECT ON system.* TO ...), or ask again when ClickHouse is less busy.")];
        }
    }
}
