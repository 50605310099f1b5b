using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>The store's secrets: flows are known, and their activity found, by a key that one of them is part of; the other signs cursors.</summary>
/// <param name="client">The ClickHouse that has the facts about the store.</param>
/// <param name="ingest">What runs with one of them; null without a running server.</param>
internal sealed class SecretsCheck(ClickHouseClient client, IngestTier? ingest) : Check("secrets")
{
    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var store = await client.QuerySingleAsync<long>(
            Ask(client, "SELECT count() AS tables FROM system.tables WHERE database = {database:String} AND name IN ('store', 'traffic')"), cancellationToken);
        if (store < 2)
        {
            return [Ok("There is no store yet")];
        }

        var found = await client.QuerySingleAsync<Facts>(
            Ask(client, """
                SELECT argMinIf(s.value, (s.written_at, s.value), s.name = 'dedup_secret') AS dedup, countIf(s.name = 'dedup_secret') AS dedups,
                       countIf(s.name = 'cursor_secret') AS cursors, (SELECT count() FROM traffic) AS flows
                FROM store AS s
                """) with
            { Database = client.Database },
            cancellationToken);
        if (found.Dedups == 0)
        {
            return
            [
                found.Flows == 0 ? Ok("None yet: the first start of a server makes them") : Error(
                    $"The store has {found.Flows} flows and no dedup_secret: activity that was counted for them is not found any more",
                    "Restore the last backup, which has it, or the row of the table store, before the server is started: it would make another one.",
                    ("flows", found.Flows)),
            ];
        }

        if (!FlowKeyHasher.TryParse(found.Dedup, out var stored))
        {
            return [Error(
                "The store's dedup_secret is not 32 hexadecimal digits: no server can start",
                "Restore the last backup.", ("length", found.Dedup.Length))];
        }

        return ingest?.Hasher is { } running && (running.K0, running.K1) != (stored.K0, stored.K1)
            ? [Error("The running server knows flows by another dedup_secret than the store has: the store was replaced under it", "Restart the server.")]
            : [Ok(
                $"dedup_secret is there{(ingest?.Hasher is null ? "" : ", and the running server's")}; "
                + $"cursor_secret is {(found.Cursors > 0 ? "there" : "made when the first cursor is")}",
                ("dedup_secrets", found.Dedups), ("cursor_secrets", found.Cursors))];
    }

    private sealed record Facts(string Dedup, long Dedups, long Cursors, long Flows);
}
