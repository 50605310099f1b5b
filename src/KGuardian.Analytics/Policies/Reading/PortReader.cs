using KGuardian.Analytics.Policies.Documents;
using KGuardian.Analytics.Policies.Model;

namespace KGuardian.Analytics.Policies.Reading;

/// <summary>Reads a rule's port.</summary>
internal static class PortReader
{
    private const int Last = 65535;

    /// <summary>Reads it: one port, a range, one by its name, or all of a protocol.</summary>
    /// <exception cref="PolicyDocumentException">It is none.</exception>
    public static PolicyPort Read(DocumentField field)
    {
        field.OnlyWith("protocol", "port", "endPort");
        var protocol = field.Find("protocol") is { } given ? ReadProtocol(given) : PolicyProtocol.Tcp;
        var end = field.Find("endPort");
        if (field.Find("port") is not { } port)
        {
            return end is null ? new PolicyPort(protocol, null, 0, Last) : throw end.Value.Wrong("without port there is no range");
        }

        if (port.NumberOrText(1, Last) is not { } first)
        {
            return end is null ? new PolicyPort(protocol, LabelText.CheckedPortName(port), 0, 0)
                : throw end.Value.Wrong("a range cannot begin with a port's name");
        }

        var last = end is null ? first
            : end.Value.NumberOrText(1, Last) ?? throw end.Value.Wrong("a number is wanted; ports by name have no range");
        return last >= first ? new PolicyPort(protocol, null, first, last)
            : throw end!.Value.Wrong($"the range ends with {last}, before it begins with {first}");
    }

    private static PolicyProtocol ReadProtocol(DocumentField field) => field.Text() switch
    {
        "TCP" => PolicyProtocol.Tcp,
        "UDP" => PolicyProtocol.Udp,
        "SCTP" => PolicyProtocol.Sctp,
        var other => throw field.Wrong($"'{DocumentField.Shown(other)}' is no protocol of a policy; TCP, UDP and SCTP are"),
    };
}
