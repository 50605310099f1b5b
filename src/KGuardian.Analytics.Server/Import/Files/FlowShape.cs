using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>How a row of a file becomes a flow: a row's members, or what is wrong with it; nothing at all for one that is not about a flow.</summary>
/// <param name="Name">What it is called.</param>
/// <param name="Convert">Makes a flow's members of a row.</param>
internal sealed record FlowShape(string Name, Func<SourceRow, ShapedFlow> Convert)
{
    /// <summary>A flow's members, as the broker's clients send them.</summary>
    public static readonly IReadOnlyList<string> Members =
    [
        "uuid", "pod_name", "pod_namespace", "pod_ip", "pod_port", "ip_protocol", "traffic_type", "traffic_in_out_ip", "traffic_in_out_port", "decision",
        "time_stamp",
    ];

    /// <summary>The shape of a dialect.</summary>
    /// <exception cref="UsageException">There is no such dialect, or it is mapped as well.</exception>
    public static FlowShape Of(string? dialect, string? map) => (dialect, map) switch
    {
        (null, _) => new("flows", Mapped(ReadMap(map))),
        (_, { }) => throw new UsageException("--map is for rows that are no dialect: give it without --dialect"),
        ("hubble", _) => new(dialect, HubbleFlow.Convert),
        ("netobserv", _) => new(dialect, NetObservFlow.Convert),
        _ => throw new UsageException($"--dialect '{dialect}' is none of hubble, netobserv"),
    };

    /// <summary>
    /// Which port of a flow belongs to the server: the destination's, unless that is one that clients choose and the source's is none.
    /// </summary>
    internal static (long? Source, long? Destination) ServersPort(long? source, long? destination) =>
        destination >= FlowRoles.FirstEphemeralPort && source is > 0 and < FlowRoles.FirstEphemeralPort ? (source, null) : (null, destination);

    /// <summary>
    /// A time in seconds, milli-, micro- or nanoseconds since 1970, by its size: each is a thousand times the one before, until the year 5138.
    /// </summary>
    internal static string Time(long number)
    {
        const long SecondsEnd = 100_000_000_000;
        var micros = number switch
        {
            < SecondsEnd => number * 1_000_000,
            < SecondsEnd * 1_000 => number * 1_000,
            < SecondsEnd * 1_000_000 => number,
            _ => number / 1_000,
        };
        return TimestampText.Format(micros);
    }

    private static Dictionary<string, string> ReadMap(string? map)
    {
        var sources = Members.ToDictionary(member => member);
        foreach (var pair in (map ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split('=', 2, StringSplitOptions.TrimEntries) is not [var member, { Length: > 0 } column] || !sources.ContainsKey(member))
            {
                throw new UsageException($"--map '{pair}' must look like member=column; members are {string.Join(", ", Members)}");
            }

            sources[member] = column;
        }

        return sources;
    }

    private static Func<SourceRow, ShapedFlow> Mapped(Dictionary<string, string> sources) => row =>
    {
        var flow = new ShapedFlow();
        foreach (var (member, column) in sources)
        {
            flow[member] = row.Text(column);
        }

        if (flow["time_stamp"] is { } time && long.TryParse(time, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            flow["time_stamp"] = Time(number);
        }

        return flow;
    };
}
