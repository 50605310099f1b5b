namespace KGuardian.Analytics.Server.Anonymise;

/// <summary>What a member of a row holds, by its name, in flows, counts and edges.</summary>
internal enum ValueKind
{
    /// <summary>Not known here: an address, a UUID or else a name; numbers stay.</summary>
    Unknown,

    /// <summary>A word, a number or a time that says nothing of whom it is about; anything longer is taken for a name.</summary>
    Staying,

    /// <summary>A pod's name.</summary>
    Pod,

    /// <summary>An id that no two rows share.</summary>
    Uuid,

    /// <summary>An object of labels, or its text.</summary>
    Labels,
}

/// <summary>Which members are what.</summary>
internal static class ValueKinds
{
    private static readonly Dictionary<string, ValueKind> Known = new()
    {
        ["pod_name"] = ValueKind.Pod,
        ["pod"] = ValueKind.Pod,
        ["peer_pod"] = ValueKind.Pod,
        ["uuid"] = ValueKind.Uuid,
        ["labels"] = ValueKind.Labels,
        ["peer_labels"] = ValueKind.Labels,
    };

    private static readonly string[] Staying =
    [
        "pod_port", "traffic_in_out_port", "peer_port", "ip_protocol", "protocol", "traffic_type", "direction", "decision", "time_stamp", "first_seen",
        "newest_first_seen", "last_seen", "observations", "flows", "workload_kind", "peer_workload_kind", "peer_type",
    ];

    static ValueKinds()
    {
        foreach (var name in Staying)
        {
            Known[name] = ValueKind.Staying;
        }
    }

    public static ValueKind Of(string member) => Known.GetValueOrDefault(member);
}
