using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Events that could not be stored in the last day, by reason.</summary>
internal sealed class RejectedEventsCheck(ClickHouseClient client) : Check("rejected events")
{
    private const int MostReasons = 5;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var reasons = await client.QueryAsync<Reason>(
            (Ask(client, """
                SELECT r.reason AS reason_name, r.field AS field_name, count() AS events, formatDateTime(max(r.received_at), '%Y-%m-%dT%H:%i:%SZ') AS newest, sum(count()) OVER () AS total
                FROM rejected_events AS r WHERE r.received_at > now64(6) - INTERVAL 1 DAY
                GROUP BY reason_name, field_name ORDER BY events DESC LIMIT {most:UInt32}
                """) with
            { Database = client.Database }).With("most", MostReasons),
            cancellationToken);
        if (reasons.Count == 0)
        {
            return [Ok("None in the last 24 hours", ("events", 0))];
        }

        var list = string.Join("; ", reasons.Select(reason =>
            $"{reason.Events} {reason.ReasonName}{(reason.FieldName.Length > 0 ? $" ({reason.FieldName})" : "")}, last at {reason.Newest}"));
        return
        [
            Warning(
                $"{reasons[0].Total} in the last 24 hours: {list}",
                $"SELECT * FROM {client.Database}.rejected_events ORDER BY received_at DESC LIMIT 10 shows them as they came; "
                + "whoever sent them is to be mended or updated.",
                ("events", reasons[0].Total), ("reasons", reasons.Select(reason => new Dictionary<string, object?>
                {
                    ["reason"] = reason.ReasonName, ["field"] = reason.FieldName, ["events"] = reason.Events, ["newest"] = reason.Newest,
                }))),
        ];
    }

    private sealed record Reason(string ReasonName, string FieldName, long Events, string Newest, long Total);
}
