using System.Text.Json;
using Apache.Arrow;
using Apache.Arrow.Ipc;
using Apache.Arrow.Types;
using DuckDB.NET.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>Exports as readers that are not ours see them.</summary>
internal static class ExportReaders
{
    /// <summary>Saves an export as a file.</summary>
    public static async Task<string> SaveAsync(this ApiClient api, string path, string directory)
    {
        var file = Path.Combine(directory, "rows");
        using var answer = await ApiClient.PatientlyAsync(() => api.GetAsync(path));
        Assert.True(answer.IsSuccessStatusCode, $"{answer.StatusCode}");
        await File.WriteAllBytesAsync(file, await answer.Content.ReadAsByteArrayAsync());
        return file;
    }

    /// <summary>Apache's Arrow library for JavaScript, or hyparquet.</summary>
    public static async Task<ExportedRow[]> JavaScriptAsync(string format, string file) =>
        [
            .. (await NpmTool.RunAsync("rows.js", format, file)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line =>
            {
                var row = JsonDocument.Parse(line).RootElement;
                return ExportedRow.OfTyped(name => row.GetProperty(name) switch
                {
                    { ValueKind: JsonValueKind.Null } => null,
                    { ValueKind: JsonValueKind.Number } number => number.GetInt64(),
                    var text => text.GetString(),
                });
            }),
        ];

    /// <summary>DuckDB's answer to a statement, row by row; null is null.</summary>
    public static List<object?[]> DuckDb(string sql)
    {
        using var connection = new DuckDBConnection("DataSource=:memory:");
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        using var reader = command.ExecuteReader();
        var rows = new List<object?[]>();
        while (reader.Read())
        {
            rows.Add([.. Enumerable.Range(0, reader.FieldCount).Select(i => reader.IsDBNull(i) ? null : reader.GetValue(i))]);
        }

        return rows;
    }

    /// <summary>The rows of a Parquet file by DuckDB.</summary>
    public static ExportedRow[] DuckDbParquet(string file)
    {
        var names = DuckDb($"DESCRIBE SELECT * FROM read_parquet('{file}')").ConvertAll(column => (string)column[0]!);
        return
        [
            .. DuckDb($"SELECT * REPLACE (epoch_us(time_stamp) AS time_stamp) FROM read_parquet('{file}')")
                .Select(row => ExportedRow.OfTyped(name => row[names.IndexOf(name)])),
        ];
    }

    /// <summary>The rows of an Arrow stream by Apache's Arrow library for .NET, and the types of its columns.</summary>
    public static async Task<(Dictionary<string, IArrowType> Types, ExportedRow[] Rows)> ArrowAsync(string file)
    {
        await using var stream = File.OpenRead(file);
        using var reader = new ArrowStreamReader(stream);
        var rows = new List<ExportedRow>();
        while (await reader.ReadNextRecordBatchAsync() is { } batch)
        {
            using (batch)
            {
                rows.AddRange(Enumerable.Range(0, batch.Length).Select(row => ExportedRow.OfTyped(name => Value(batch.Column(name), row))));
            }
        }

        return (reader.Schema.FieldsList.ToDictionary(field => field.Name, field => field.DataType), [.. rows]);
    }

    private static object? Value(IArrowArray column, int row) => column switch
    {
        StringArray texts => texts.GetString(row),
        UInt16Array numbers => numbers.GetValue(row),
        TimestampArray times => times.GetValue(row),
        _ => throw new InvalidOperationException($"a column of {column.Data.DataType.Name}"),
    };
}
