using System.Text;
using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Topology;

namespace KGuardian.Analytics.Exports.Sources;

/// <summary>Edges as a temporary table that goes with a query, so that ClickHouse writes them in any format.</summary>
internal static class EdgeTable
{
    /// <summary>Its name.</summary>
    public const string Name = "exported_edges";

    private const string Text = "String";
    private const string Number = "Int64";

    /// <summary>Fields of an edge, and what they are in the table.</summary>
    public static readonly IReadOnlyList<EdgeColumn> Columns =
    [
        new("client_namespace", Text, edge => edge.Client.Namespace), new("client_kind", Text, edge => edge.Client.Kind),
        new("client", Text, edge => edge.Client.Name),
        new("server_namespace", Text, edge => edge.Server.Namespace), new("server_kind", Text, edge => edge.Server.Kind),
        new("server", Text, edge => edge.Server.Name),
        // Without a port, or a protocol that is known: null.
        new("server_port", Number, edge => edge.Port ?? 0) { Sql = "nullIf(toUInt16({0}), 0)" },
        new("protocol", Text, edge => edge.Protocol ?? "") { Sql = "nullIf({0}, '')" },
        new("flows", Number, edge => edge.Flows), new("dropped", Number, edge => edge.Dropped),
        new("observations", Number, edge => edge.Observations ?? 0), new("connections", Number, edge => edge.Connections ?? 0),
        new("first_seen", Number, edge => edge.FirstSeen) { IsTime = true }, new("last_seen", Number, edge => edge.LastSeen) { IsTime = true },
        new("reported_by", Text, edge => string.Join(',', edge.ReportedBy)),
    ];

    /// <summary>Its columns, as in CREATE TABLE.</summary>
    public static readonly string Structure = string.Join(", ", Columns.Select((column, at) => $"c{at} {column.Type}").Append("place UInt32"));

    /// <summary>A query of its rows.</summary>
    public static string Select(IReadOnlyList<string> fields, RowFormat format) =>
        $"SELECT {string.Join(", ", fields.Select(field => Sql(field, format)))} FROM {Name} ORDER BY place";

    /// <summary>The table, in the Native format.</summary>
    public static byte[] ToBlock(IReadOnlyList<TopologyEdge> edges)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write7BitEncodedInt(Columns.Count + 1);
        writer.Write7BitEncodedInt(edges.Count);
        foreach (var (at, column) in Columns.Index())
        {
            writer.Write($"c{at}");
            writer.Write(column.Type);
            foreach (var edge in edges)
            {
                if (column.Value(edge) is string text)
                {
                    writer.Write(text);
                }
                else
                {
                    writer.Write(Convert.ToInt64(column.Value(edge), provider: null));
                }
            }
        }

        writer.Write("place");
        writer.Write("UInt32");
        for (var place = 0; place < edges.Count; place++)
        {
            writer.Write((uint)place);
        }

        return bytes.ToArray();
    }

    private static string Sql(string field, RowFormat format)
    {
        var at = Columns.ToList().FindIndex(column => column.Name == field);
        var column = Columns[at];
        var time = $"fromUnixTimestamp64Micro(c{at}, 'UTC')";
        var sql = !column.IsTime ? string.Format(null, column.Sql, $"c{at}")
            : format is RowFormat.Arrow or RowFormat.Parquet ? time : $"formatDateTime({time}, '%Y-%m-%dT%H:%i:%S.%fZ')";
        return $"{sql} AS {field}";
    }
}

/// <summary>A field of an edge.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Type">What it is in the table.</param>
/// <param name="Value">Its value: a text or a whole number.</param>
internal sealed record EdgeColumn(string Name, string Type, Func<TopologyEdge, object> Value)
{
    /// <summary>What is made of the column.</summary>
    public string Sql { get; init; } = "{0}";

    /// <summary>Whether it is microseconds since 1970.</summary>
    public bool IsTime { get; init; }
}
