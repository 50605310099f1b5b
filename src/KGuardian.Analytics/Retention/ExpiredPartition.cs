namespace KGuardian.Analytics.Retention;

/// <summary>One table's rows of one arrival day.</summary>
/// <param name="TableName">Table.</param>
/// <param name="Day">Arrival day.</param>
/// <param name="Rows">Rows, as ClickHouse holds them now.</param>
/// <param name="Bytes">Bytes on disk.</param>
public sealed record ExpiredPartition(string TableName, DateOnly Day, long Rows, long Bytes);
