using System.Text.RegularExpressions;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Migrations;

namespace KGuardian.Analytics.Backups;

/// <summary>
/// The views of a store as texts, in a table of the backup: a BACKUP of the views themselves under the name that stores have in backups would leave out
/// what follows <c>AS</c> behind their tables (see <see cref="SchemaViews"/>).
/// </summary>
internal static class ViewTexts
{
    public const string Table = "backup_views";

    private const string ViewsOf =
        "SELECT name, database, create_table_query AS text FROM system.tables WHERE database = {database:String} AND engine = 'View'";

    /// <summary>Writes those of the client's database into another one.</summary>
    public static async Task WriteAsync(ClickHouseClient client, string into, CancellationToken cancellationToken)
    {
        await client.ExecuteAsync(
            new ClickHouseQuery($"CREATE TABLE {Table} (name String, database String, text String) ENGINE = MergeTree ORDER BY name") { Database = into },
            cancellationToken);
        await client.ExecuteAsync(
            new ClickHouseQuery($"INSERT INTO {Table} (name, database, text) {ViewsOf}") { Database = into }
                .With("database", client.Database).WithSetting("async_insert", "0"),
            cancellationToken);
    }

    /// <summary>
    /// Those of a restored database, as statements that make them in whichever database they are run in. Older backups have the views themselves: what their
    /// texts lack by then is lost.
    /// </summary>
    public static async Task<IReadOnlyList<(string Name, string Statement)>> ReadAsync(
        ClickHouseClient client, string database, CancellationToken cancellationToken)
    {
        var tables = await client.QueryAsync<Named>(
            new ClickHouseQuery("SELECT name FROM system.tables WHERE database = {database:String} AND name = {table:String}") { Database = "default" }
                .With("database", database).With("table", Table),
            cancellationToken);
        var views = await client.QueryAsync<View>(
            new ClickHouseQuery(tables.Count > 0 ? $"SELECT name, database, text FROM {Table} ORDER BY name" : $"{ViewsOf} ORDER BY name")
            { Database = database }.With("database", database),
            cancellationToken);
        return [.. views.Select(view => (view.Name, Unqualified(view)))];
    }

    /// <summary>ClickHouse writes a view's tables with the database that they are in, which will be another one.</summary>
    private static string Unqualified(View view)
    {
        var literalOrName = new Regex($@"'(?:[^'\\]|\\.|'')*'|(?<![\w.`])`?{Regex.Escape(view.Database)}`?\.", RegexOptions.CultureInvariant);
        var text = literalOrName.Replace(view.Text, match => match.Value[0] == '\'' ? match.Value : "");
        const string Create = "CREATE VIEW ";
        return text.StartsWith(Create, StringComparison.Ordinal) ? $"{Create}IF NOT EXISTS {text[Create.Length..]}" : text;
    }

    private sealed record Named(string Name);

    private sealed record View(string Name, string Database, string Text);
}
