namespace KGuardian.Analytics.Retention;

/// <summary>One table's rows of one arrival day, or month.</summary>
/// <param name="TableName">Table.</param>
/// <param name="Partition">ClickHouse's name for it: <c>2026-11-26</c>, <c>202611</c>.</param>
/// <param name="Day">Its (first) day.</param>
/// <param name="Rows">Rows, as ClickHouse holds them now.</param>
/// <param name="Bytes">Bytes on disk.</param>
internal sealed record ExpiredPartition(string TableName, string Partition, DateOnly Day, long Rows, long Bytes);
