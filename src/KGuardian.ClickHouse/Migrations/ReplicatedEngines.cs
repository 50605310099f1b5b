using System.Text.RegularExpressions;

namespace KGuardian.ClickHouse.Migrations;

/// <summary>
/// Turns the schema's tables into replicated ones, for shards with several replicas: ClickHouse Keeper knows each by shard, database and table.
/// </summary>
internal static partial class ReplicatedEngines
{
    private const string Place = "'/clickhouse/tables/{shard}/{database}/{table}', '{replica}'";

    /// <summary>The statement with its engine replicated; any other statement as it is.</summary>
    public static string Rewrite(string statement) =>
        Engine().Replace(statement, match =>
        {
            var arguments = match.Groups["arguments"].Value.Trim();
            return $"ENGINE = Replicated{match.Groups["engine"].Value}({Place}{(arguments.Length == 0 ? "" : $", {arguments}")})";
        });

    // At a line's begin, as the schema writes it: comments and texts may say ENGINE too.
    [GeneratedRegex(@"^ENGINE\s*=\s*(?<engine>(?!Replicated)\w*MergeTree)\b(\((?<arguments>[^)]*)\))?", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Engine();
}
