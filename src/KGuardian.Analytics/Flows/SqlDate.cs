namespace KGuardian.Analytics.Flows;

/// <summary>Days as ClickHouse's Date has them.</summary>
internal static class SqlDate
{
    private static readonly DateOnly Epoch = DateOnly.FromDateTime(DateTime.UnixEpoch);

    /// <summary>The day, or the first one that a Date can be: 1970-01-01.</summary>
    public static DateOnly Of(DateOnly day) => day < Epoch ? Epoch : day;
}
