using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;

namespace KGuardian.Analytics.Query.Reports;

/// <summary>
/// One end of flows: an address or a prefix, a port, or both. Which side of a row it is follows from its direction: the pod is the destination
/// of INGRESS, else the source.
/// </summary>
/// <param name="Address">The address or prefix in its one spelling; null: any.</param>
/// <param name="Port">The port; null: any.</param>
internal sealed record FlowEndpoint(string? Address, ushort? Port)
{
    /// <summary>The texts in words.</summary>
    public const string Expected =
        "an IP address or prefix, with a port or without, or :port, such as 10.0.0.7, 10.0.0.0/8, 10.0.0.7:443, :443, fd00::7 or [fd00::7]:443";

    /// <summary>The row's source is this end.</summary>
    public FlowFilter IsSource => FlowFilter.Or(FlowFilter.And(Ingress, IsPeer), FlowFilter.And(FlowFilter.Not(Ingress), IsPod));

    /// <summary>The row's destination is this end.</summary>
    public FlowFilter IsDestination => FlowFilter.Or(FlowFilter.And(Ingress, IsPod), FlowFilter.And(FlowFilter.Not(Ingress), IsPeer));

    /// <summary>SQL: the row's source is the peer.</summary>
    internal const string PeerIsSourceSql = "ifNull(upper(t.traffic_type) = 'INGRESS', 0)";

    private static FlowFilter Ingress => FlowFilter.Where(FlowField.Direction, FilterOperator.Equal, "INGRESS");

    private FlowFilter IsPod => Is(FlowField.PodIp, FlowField.PodPort);

    private FlowFilter IsPeer => Is(FlowField.PeerIp, FlowField.PeerPort);

    /// <summary>Reads an end; null when the text is none.</summary>
    public static FlowEndpoint? Parse(string text)
    {
        var (address, port) = Split(text);
        var number = default(ushort);
        // .NET takes NULs behind a number.
        if (port is not null && (port.EndsWith('\0') || !ushort.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out number)))
        {
            return null;
        }

        if (address.Length == 0)
        {
            return port is null ? null : new FlowEndpoint(null, number);
        }

        var isBracketed = address[0] == '[';
        if (!IpPrefix.TryParse(isBracketed ? address[1..^1] : address, out var prefix)
            || (isBracketed && !address.Contains(':', StringComparison.Ordinal)))
        {
            return null;
        }

        return new FlowEndpoint(prefix.ToString(), port is null ? null : number);
    }

    private static (string Address, string? Port) Split(string text)
    {
        var colon = text.LastIndexOf(':');
        // A bracket's end says where the address ends; without brackets, several colons are an IPv6 address's.
        var hasPort = text.StartsWith('[')
            ? colon > 0 && text[colon - 1] == ']'
            : colon >= 0 && text.IndexOf(':', StringComparison.Ordinal) == colon;
        var address = hasPort ? text[..colon] : text;
        // A bracket without its other is no address.
        return (address.StartsWith('[') && !address.EndsWith(']') ? "[:" : address, hasPort ? text[(colon + 1)..] : null);
    }

    private FlowFilter Is(FlowField address, FlowField port)
    {
        var both = new List<FlowFilter>();
        if (Address is not null)
        {
            both.Add(FlowFilter.Where(address, FilterOperator.In, Address));
        }

        if (Port is { } number)
        {
            both.Add(FlowFilter.Where(port, FilterOperator.Equal, number.ToString(CultureInfo.InvariantCulture)));
        }

        return FlowFilter.And(both);
    }
}
