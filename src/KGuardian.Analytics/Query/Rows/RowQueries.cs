using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Query.Rows;

/// <summary>What queries for rows have in common.</summary>
internal static class RowQueries
{
    /// <summary>The query's rows in a format, as ClickHouse writes it. Arrow and Parquet are what every reader takes: plain or snappy.</summary>
    public static ClickHouseQuery InFormat(this ClickHouseQuery query, RowFormat format) => format switch
    {
        // Nothing between the commas is null, "" the empty text.
        RowFormat.Csv => (query with { Sql = $"{query.Sql}\nFORMAT CSVWithNames" }).WithSetting("format_csv_null_representation", ""),
        RowFormat.Arrow => (query with { Sql = $"{query.Sql}\nFORMAT ArrowStream" }).WithSetting("output_format_arrow_compression_method", "none"),
        RowFormat.Parquet => (query with { Sql = $"{query.Sql}\nFORMAT Parquet" }).WithSetting("output_format_parquet_compression_method", "snappy"),
        _ => (query with { Sql = $"{query.Sql}\nFORMAT JSONEachRow" })
            .WithSetting("output_format_json_array_of_rows", format == RowFormat.JsonArray ? "1" : "0")
            .WithSetting("output_format_json_escape_forward_slashes", "0"),
    };

    /// <summary>Index granules must be counted before the read is planned: else a pod's rows look like all rows, and the projection is scanned.</summary>
    public static ClickHouseQuery WithGranulesCounted(this ClickHouseQuery query) => query.WithSetting("use_skip_indexes_on_data_read", "0");
}
