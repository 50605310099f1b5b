using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Query.Activity;

/// <summary>What a flow says of a connection, in the words of the activity audit: who is client and who is server, and what became of it.</summary>
/// <param name="Direction">As seen from the pod: <c>in</c> or <c>out</c>; null when the flow has another word for it.</param>
/// <param name="Client">The client; nothing where it is not known which end that is.</param>
/// <param name="Server">The server.</param>
/// <param name="Protocol">The protocol, as the agent names it.</param>
/// <param name="Decision">What was decided, as the agent names it.</param>
internal readonly record struct Connection(string? Direction, ConnectionEnd Client, ConnectionEnd Server, string? Protocol, string? Decision)
{
    /// <summary>The connection of a flow.</summary>
    public static Connection Of(string? direction, ConnectionEnd pod, ConnectionEnd peer, string? protocol, string? decision)
    {
        var seen = direction?.ToUpperInvariant() switch { "INGRESS" => "in", "EGRESS" => "out", _ => null };
        var (client, server) = FlowRoles.IsPodClient(pod.Port, peer.Port, direction) switch
        {
            true => (pod, peer),
            false => (peer, pod),
            _ => default,
        };
        return new Connection(seen, client, server, protocol, decision);
    }

    /// <summary>Writes what is known of it as members of an object.</summary>
    public void Write(Utf8JsonWriter json)
    {
        WriteText(json, "direction"u8, Direction);
        WriteIpv4(json, "clientIpv4"u8, Client.Address);
        WriteText(json, "clientIp"u8, Client.Address);
        WriteNumber(json, "clientPort"u8, Client.Port);
        WriteIpv4(json, "serverIpv4"u8, Server.Address);
        WriteText(json, "serverIp"u8, Server.Address);
        WriteNumber(json, "serverPort"u8, Server.Port);
        WriteNumber(json, "l4protocol"u8, IpProtocols.TryNumber(Protocol, out var number) ? number : null);
        WriteText(json, "protocol"u8, ProtocolName);
        WriteText(json, "decision"u8, Decision);
    }

    /// <summary>What is known of it as texts, by the names that its JSON has.</summary>
    public IEnumerable<(string Name, string Value)> Fields => new[]
    {
        ("direction", Direction), ("clientIp", Client.Address), ("clientPort", Text(Client.Port)), ("serverIp", Server.Address),
        ("serverPort", Text(Server.Port)), ("protocol", ProtocolName), ("decision", Decision),
    }.Where(text => !string.IsNullOrEmpty(text.Item2)).Select(text => (text.Item1, text.Item2!));

    private string? ProtocolName => IpProtocols.TryNumber(Protocol, out var number) ? IpProtocols.Name(number) : Protocol;

    private static string? Text(int? port) => port?.ToString(CultureInfo.InvariantCulture);

    private static void WriteText(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            json.WriteString(name, value);
        }
    }

    private static void WriteNumber(Utf8JsonWriter json, ReadOnlySpan<byte> name, int? value)
    {
        if (value is { } known)
        {
            json.WriteNumber(name, known);
        }
    }

    private static void WriteIpv4(Utf8JsonWriter json, ReadOnlySpan<byte> name, string? address)
    {
        if (address is not null && IpPrefix.TryParse(address, out var parsed) && parsed is { IsAddress: true, IsIPv4: true })
        {
            json.WriteString(name, parsed.ToString());
        }
    }
}

/// <summary>One end.</summary>
/// <param name="Address">Its address; null where there is none.</param>
/// <param name="Port">Its port; null for none, and for 0, by which agents say that they do not know it.</param>
internal readonly record struct ConnectionEnd(string? Address, int? Port);
