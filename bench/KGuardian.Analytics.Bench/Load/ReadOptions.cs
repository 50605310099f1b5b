using System.Globalization;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>One read scenario: this path, this often, one after the other on one connection.</summary>
/// <param name="Path">With <see cref="Number"/> or <see cref="Day"/> in it, every request is another one, which no cache can know.</param>
internal sealed record ReadOptions(string Name, string Path, int Requests, int Warmup = 0)
{
    /// <summary>Where a changing number goes.</summary>
    public const string Number = "{n}";

    /// <summary>Where a day goes, each time an earlier one.</summary>
    public const string Day = "{day}";

    /// <summary>However long they take.</summary>
    public const int LeastRequests = 3;

    // Below the 86,400 seconds of the default window: "from=-{n}s" is all of it, nearly.
    private const int FirstNumber = 86_000;

    /// <summary>Counted in the body for the rows: the beginning of an object, or the end of a line; null where rows cannot be seen.</summary>
    public char? RowMark { get; init; } = '{';

    /// <summary>Marks in the body that are no rows: envelopes, a line of names.</summary>
    public int OtherMarks { get; init; }

    /// <summary>Rows that an answer must have; null when that is not known.</summary>
    public long? ExpectedRows { get; init; }

    /// <summary>No more requests once this time is over, and <see cref="LeastRequests"/> were made; null: no limit.</summary>
    public TimeSpan? TimeLimit { get; init; }

    /// <summary>The path of the request with this number.</summary>
    public string PathOf(int request) => Path
        .Replace(Number, (FirstNumber - request % FirstNumber).ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal)
        .Replace(Day, DateTime.UtcNow.AddDays(-1 - request).ToString("yyyy-MM-dd", CultureInfo.InvariantCulture), StringComparison.Ordinal);

    /// <summary>The newest page, all flows of one pod (that route has no limit) and the unbounded stream.</summary>
    public static IReadOnlyList<ReadOptions> Standard(string pod, int requests, int streams) =>
    [
        new("newest 100", "/pod/traffic?limit=100", requests, Warmup: Math.Max(1, requests / 10)),
        new("pod page", $"/pod/traffic/{pod}", requests, Warmup: Math.Max(1, requests / 10)),
        new("unbounded", "/pod/traffic", streams),
    ];
}
