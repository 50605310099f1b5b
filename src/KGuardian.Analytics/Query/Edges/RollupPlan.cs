using System.Globalization;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>What of a question <c>edge_rollup</c> answers, and what is read from flows.</summary>
internal sealed class RollupPlan
{
    private readonly HashSet<int> _cut = [];

    /// <summary>The sequence up to which all flows of an arrival day are in it, by the day's number since 1970.</summary>
    public Dictionary<int, long> Done { get; } = [];

    /// <summary>Adds a row of <see cref="RollupSql.Plan"/>.</summary>
    public void Add(int day, int hour, long done, bool isCut)
    {
        if (hour == RollupSql.Marker)
        {
            Reach(day, done);
        }
        else if (isCut)
        {
            _cut.Add(hour);
        }
    }

    /// <summary>Notes how far a day is.</summary>
    public void Reach(int day, long done) => Done[day] = Math.Max(done, Done.GetValueOrDefault(day, -1));

    /// <summary>The same hours, and no day yet.</summary>
    public RollupPlan WithoutDays()
    {
        var plan = new RollupPlan();
        plan._cut.UnionWith(_cut);
        return plan;
    }

    /// <summary>Whether it is as far as another one.</summary>
    public bool IsAsFarAs(RollupPlan other) => Done.Count == other.Done.Count && Done.All(day => other.Done.GetValueOrDefault(day.Key, -1) == day.Value);

    /// <summary>Rows of <c>edge_rollup AS t</c> whose hour is not read from flows.</summary>
    public string HoursSql => _cut.Count == 0 ? "1" : $"t.hour NOT IN ({string.Join(", ", _cut.Select(hour => Text(hour)))})";

    /// <summary>Flows of <c>traffic AS t</c> that are in no such row.</summary>
    public string FlowsSql
    {
        get
        {
            // A term a day, which the index of sequences serves.
            string[] terms =
            [
                Done.Count == 0 ? "1" : $"t.arrival_day NOT IN ({string.Join(", ", Done.Keys.Select(Day))})",
                .. Done.Select(day => $"(t.arrival_day = {Day(day.Key)} AND t.sequence > {Text(day.Value)})"),
                .. _cut.Select(hour => $"(t.time_stamp >= {Time(hour)} AND t.time_stamp < {Time(hour + 1)})"),
            ];
            return $"({string.Join(" OR ", terms)})";
        }
    }

    private static string Day(int day) => $"toDate({Text(day)})";

    private static string Time(int hour) => $"fromUnixTimestamp64Micro({Text(hour * RollupSql.HourMicros)}, 'UTC')";

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
