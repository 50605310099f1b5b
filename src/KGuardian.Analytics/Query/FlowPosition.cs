using System.Globalization;
using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Query;

/// <summary>A row's place in the order of time and uuid.</summary>
/// <param name="Micros">When it was first seen, in microseconds since 1970.</param>
/// <param name="Uuid">Its uuid.</param>
public readonly record struct FlowPosition(long Micros, Guid Uuid)
{
    /// <summary>The position of a row of <c>traffic AS t</c>, as <see cref="Parse"/> reads it.</summary>
    internal const string Sql = "concat(toString(toUnixTimestamp64Micro(t.time_stamp)), '.', UUIDNumToString(t.uuid))";

    internal static FlowPosition Parse(string text)
    {
        var dot = text.IndexOf('.', StringComparison.Ordinal);
        return new FlowPosition(long.Parse(text.AsSpan(0, dot), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture), Guid.Parse(text.AsSpan(dot + 1)));
    }

    /// <summary>The condition of the rows behind. The bound on time alone is what the index takes: the tuple by itself reads the whole range.</summary>
    internal static string BehindSql(bool newestFirst)
    {
        const string Time = "fromUnixTimestamp64Micro({after_time:Int64}, 'UTC')";
        var sign = newestFirst ? '<' : '>';
        return $"t.time_stamp {sign}= {Time} AND (t.time_stamp, t.uuid) {sign} ({Time}, UUIDStringToNum({{after_uuid:String}}))";
    }

    internal ClickHouseQuery Bind(ClickHouseQuery query) => query.With("after_time", Micros).With("after_uuid", Uuid.ToString("D"));
}
