namespace KGuardian.Analytics.Flows;

/// <summary>SQL that turns stored columns back into the values that were posted.</summary>
internal static class TrafficColumns
{
    /// <summary>
    /// A port's text. Stored are the number, 65536 more for each leading zero, -1 for null and -2 for the empty text.
    /// </summary>
    /// <param name="column">The port column, qualified as the query needs it; not user input.</param>
    public static string PortText(string column) =>
        $"multiIf({column} BETWEEN 0 AND 65535, toString({column}), {column} = -1, NULL, {column} = -2, '', "
        + $"concat(repeat('0', intDiv({column}, 65536)), toString({column} % 65536)))";

    /// <summary>A port's number; NULL when its text was null or empty.</summary>
    /// <param name="column">The port column, qualified as the query needs it; not user input.</param>
    public static string PortNumber(string column) => $"if({column} >= 0, {column} % 65536, NULL)";
}

/// <summary>Days as ClickHouse's Date has them.</summary>
internal static class SqlDate
{
    private static readonly DateOnly Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    /// <summary>The day, or the first one that a Date can be: 1970-01-01.</summary>
    public static DateOnly Of(DateOnly day) => day < Epoch ? Epoch : day;
}
