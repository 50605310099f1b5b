namespace KGuardian.Analytics.Query.Rows;

/// <summary>How rows are written.</summary>
public enum RowFormat
{
    /// <summary>One JSON array of objects.</summary>
    JsonArray,

    /// <summary>One JSON object a line.</summary>
    JsonLines,

    /// <summary>Comma-separated values (RFC 4180) with a line of names: null is nothing, the empty text is <c>""</c>.</summary>
    Csv,

    /// <summary>An Arrow stream.</summary>
    Arrow,

    /// <summary>A Parquet file.</summary>
    Parquet,
}
