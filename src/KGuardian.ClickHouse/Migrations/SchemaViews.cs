using System.Text.RegularExpressions;
using KGuardian.ClickHouse.Client;

namespace KGuardian.ClickHouse.Migrations;

/// <summary>
/// The views that the schema's files define. They hold nothing, so they can be made anew at any time; they have to be after their database was
/// renamed, because ClickHouse then writes their queries anew and leaves out what follows <c>AS</c> behind a table.
/// </summary>
internal sealed partial class SchemaViews
{
    private const int UnknownIdentifier = 47;
    private const int UnknownTable = 60;
    private const int UnknownDatabase = 81;

    /// <summary>A row is enough: a view that cannot be read fails before its first.</summary>
    private static readonly TimeSpan ReadLimit = TimeSpan.FromSeconds(30);

    private readonly List<string> _statements = [];
    private readonly List<string> _names = [];
    private readonly HashSet<string> _everDefined = [];

    /// <summary>Reads the statements about views of some migrations, in their order: the last definition of each counts.</summary>
    public SchemaViews(IEnumerable<Migration> migrations)
    {
        foreach (var statement in migrations.SelectMany(migration => migration.Statements()))
        {
            // DROP and ALTER are about tables as well.
            if (ViewStatement().Match(WithoutComments(statement)) is not { Success: true } match
                || (match.Groups["create"].Length == 0 && !_names.Contains(match.Groups["name"].Value)))
            {
                continue;
            }

            var name = match.Groups["name"].Value;
            _statements.Add(statement);
            _names.Remove(name);
            if (match.Groups["drop"].Length == 0)
            {
                _names.Add(name);
                _everDefined.Add(name);
            }
        }
    }

    /// <summary>Their names.</summary>
    public IReadOnlyList<string> Names => _names;

    /// <summary>What makes them where none of them is: each statement can be run again without harm.</summary>
    public IReadOnlyList<string> Statements => _statements;

    /// <summary>The views of the migrations up to a version.</summary>
    public static SchemaViews Of(IReadOnlyList<Migration> migrations, int version) => new(migrations.Where(migration => migration.Version <= version));

    /// <summary>Makes all of them anew in a database whose tables are those of the same migrations.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task RemakeAsync(ClickHouseClient client, string database, CancellationToken cancellationToken)
    {
        foreach (var statement in _everDefined.Select(name => $"DROP VIEW IF EXISTS `{name}` SYNC").Concat(_statements))
        {
            await client.ExecuteAsync(new ClickHouseQuery(statement) { Database = database }, cancellationToken);
        }
    }

    /// <summary>Those that cannot be read by the client's user, each with ClickHouse's reason.</summary>
    /// <exception cref="ClickHouseException">ClickHouse did not answer.</exception>
    public async Task<IReadOnlyList<(string View, ClickHouseException Reason)>> FindUnreadableAsync(
        ClickHouseClient client, string database, CancellationToken cancellationToken)
    {
        var unreadable = new List<(string, ClickHouseException)>();
        foreach (var name in _names)
        {
            try
            {
                await ReadAsync(client, database, name, cancellationToken);
            }
            catch (ClickHouseException e) when (e.Failure == ClickHouseFailure.Refused)
            {
                unreadable.Add((name, e));
            }
        }

        return unreadable;
    }

    /// <summary>Reads a row of a view with all of its columns.</summary>
    /// <exception cref="ClickHouseException">It cannot be read.</exception>
    public static Task ReadAsync(ClickHouseClient client, string database, string view, CancellationToken cancellationToken) =>
        client.ExecuteAsync(
            new ClickHouseQuery($"SELECT * FROM `{view}` LIMIT 1 FORMAT Null") { Database = database, TimeLimit = ReadLimit }
                .WithSetting("max_threads", "1").WithSetting("max_block_size", "1"),
            cancellationToken);

    /// <summary>Whether the reason is the view's own definition, and not who asks or how busy ClickHouse is.</summary>
    internal static bool IsBroken(ClickHouseException reason) => reason.Code is UnknownIdentifier or UnknownTable or UnknownDatabase;

    private static string WithoutComments(string statement) =>
        string.Join('\n', statement.Split('\n').Where(line => !line.TrimStart().StartsWith("--", StringComparison.Ordinal))).TrimStart();

    [GeneratedRegex(
        @"\A((?<create>CREATE\s+(OR\s+REPLACE\s+)?VIEW)|(?<drop>DROP\s+(VIEW|TABLE))|ALTER\s+TABLE)\s+(IF\s+(NOT\s+)?EXISTS\s+)?`?(?<name>\w+)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture | RegexOptions.IgnoreCase)]
    private static partial Regex ViewStatement();
}
