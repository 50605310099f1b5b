using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>
/// The schema's views, which are all that dashboards read: each is read as each user whose password is known, and the rights of others are looked at.
/// </summary>
/// <param name="client">ClickHouse; its database has the views.</param>
/// <param name="others">Other users of the same database.</param>
internal sealed class ViewsCheck(ClickHouseClient client, IReadOnlyList<ClickHouseClient> others) : Check("views")
{
    private const string Grafana = "kguardian_grafana";

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var version = await client.QuerySingleAsync<int>(
            Ask(client, "SELECT count() AS version FROM system.tables WHERE database = {database:String} AND name = 'schema_migrations'"), cancellationToken);
        if (version > 0)
        {
            version = await client.QuerySingleAsync<int>(
                Ask(client, "SELECT max(version) AS version FROM schema_migrations") with { Database = client.Database }, cancellationToken);
        }
        // What newer ones lack is the check of versions' to say. The database that spans a cluster's shards has no history, and the newest views.
        var views = SchemaViews.Of(StoreSchema.Migrations, version > 0 ? version : int.MaxValue);
        ClickHouseClient[] readers = [client, .. others];
        var found = await Task.WhenAll(readers.Select(reader => ReadAsync(views, reader, cancellationToken)));
        var findings = found.SelectMany(reader => reader).ToList();
        if (others.Count == 0)
        {
            findings.AddRange(await LookAtGrantsAsync(views, cancellationToken));
        }

        return findings.Exists(finding => finding.Severity != Severity.Ok) ? findings
            : [
                Ok(
                    $"{views.Names.Count} views can be read by {string.Join(", ", readers.Select(reader => reader.Endpoint.User))}",
                    ("views", views.Names.Count)),
                .. findings,
            ];
    }

    private async Task<IEnumerable<Finding>> ReadAsync(SchemaViews views, ClickHouseClient reader, CancellationToken cancellationToken) =>
        (await views.FindUnreadableAsync(reader, client.Database, cancellationToken))
            .GroupBy(view => (view.Reason.Code, IsBroken: SchemaViews.IsBroken(view.Reason)))
            .Select(group => Error(
                $"{string.Join(", ", group.Select(view => view.View))} cannot be read by {reader.Endpoint.User}: {group.First().Reason.Text}",
                group.Key.IsBroken
                    ? "Restart the server: at its start it makes views anew that cannot be read."
                    : $"Grant what is missing to {reader.Endpoint.User}, "
                        + "or to who defines the views (deploy/clickhouse/grafana-user.sql says what); "
                        + "when it is a limit, ask again when ClickHouse is less busy.",
                ("user", reader.Endpoint.User), ("views", group.Select(view => view.View).ToArray()), ("code", group.Key.Code)));

    /// <summary>
    /// Of a ClickHouse of the user's: whether the dashboards' user, if there is one by the name that the guide gives it, may read all of them.
    /// </summary>
    private async Task<IReadOnlyList<Finding>> LookAtGrantsAsync(SchemaViews views, CancellationToken cancellationToken)
    {
        IReadOnlyList<string> granted;
        try
        {
            granted = await client.QueryAsync<string>(
                Ask(client, """
                    SELECT DISTINCT t.name AS name FROM system.tables AS t CROSS JOIN system.grants AS g
                    WHERE t.database = {database:String} AND t.engine = 'View' AND g.user_name = {user:String} AND g.access_type IN ('SELECT', 'ALL') AND NOT g.is_partial_revoke
                      AND (g.database IS NULL OR g.database = t.database) AND (g.table IS NULL OR g.table = t.name) AND g.column IS NULL
                    """).With("user", Grafana),
                cancellationToken);
        }
        catch (ClickHouseException e) when (e.Failure == ClickHouseFailure.Refused)
        {
            return [Ok($"Whether {Grafana} may read them was not looked at: {e.Text}", ("grants", null))];
        }

        var lacking = views.Names.Except(granted).ToArray();
        return granted.Count == 0 ? [Ok($"A user {Grafana} has no rights here, so dashboards read as somebody else, who was not looked at", ("grants", 0))]
            : lacking.Length == 0 ? [Ok($"{Grafana} may read them all", ("grants", granted.Count))]
            : [Warning(
                $"{Grafana} may not read {string.Join(", ", lacking)}: dashboards show errors instead",
                $"{string.Join(" ", lacking.Select(view => $"GRANT SELECT ON {client.Database}.{view} TO {Grafana};"))}",
                ("user", Grafana), ("views", lacking))];
    }
}
