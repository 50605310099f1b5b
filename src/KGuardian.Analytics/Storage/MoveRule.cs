using System.Globalization;

namespace KGuardian.Analytics.Storage;

/// <summary>When a day goes where, written as ClickHouse itself writes it, so that it can be found in a table's definition.</summary>
/// <param name="Expression">The moment.</param>
/// <param name="Volume">The volume it goes to.</param>
internal sealed record MoveRule(string Expression, string Volume)
{
    /// <summary>How each of ours begins.</summary>
    public const string Begin = "toDateTime(arrival_day) + toIntervalDay(";

    /// <summary>All of it, as behind TTL.</summary>
    public string Sql => $"{Expression} TO VOLUME '{Volume}'";

    public static MoveRule After(int days, string volume) => new(string.Create(CultureInfo.InvariantCulture, $"{Begin}{days})"), volume);
}
