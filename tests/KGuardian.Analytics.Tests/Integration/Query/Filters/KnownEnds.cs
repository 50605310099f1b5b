using System.Net;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Integration.Query.Filters;

/// <summary>What the tests' inventory knows of the ends of flows: half of what it could.</summary>
internal static class KnownEnds
{
    /// <summary>The key of the pod that reported; null where it is not known.</summary>
    public static string? Pod(StoredFlow flow) =>
        // Spans of all time end with the last microsecond.
        flow.TimeStamp.StartsWith("2299-12-31", StringComparison.Ordinal) || flow.PodName is null
        || $"{flow.PodNamespace}{flow.PodName}".Contains('/', StringComparison.Ordinal)
            ? null : Half($"{flow.PodNamespace}/{flow.PodName}");

    /// <summary>That of the other side.</summary>
    public static string? Peer(StoredFlow flow)
    {
        var text = flow.TimeStamp.StartsWith("2299-12-31", StringComparison.Ordinal) ? null : flow.TrafficInOutIp;
        if (text is null || !text.Contains(':', StringComparison.Ordinal))
        {
            return text is null ? null : Half(text);
        }

        var address = Samples.Addresses.GetValueOrDefault(text) is { } meant ? IPAddress.Parse(meant) : null;
        return address is null ? null : Half((address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address).ToString());
    }

    private static string? Half(string key) => key.Length % 2 == 0 ? key : null;
}
