using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Inventory.Parsing;
using KGuardian.Analytics.Verdicts;

namespace KGuardian.Analytics.Server.Api.Import;

/// <summary>A verdict of another store, and when it was observed, in microseconds since 1970.</summary>
internal sealed record VerdictRow(AuditVerdict Verdict, long ObservedMicros)
{
    /// <summary>Reads one as <c>GET /audit/verdicts</c> shows it; an id is ignored.</summary>
    /// <param name="row">The row.</param>
    /// <param name="now">For a time that is not known, in microseconds since 1970.</param>
    /// <exception cref="SpecException">It cannot be taken.</exception>
    public static VerdictRow Read(SpecDocument row, long now)
    {
        var observed = row.RequiredTime("observed_at", now);
        return new(
            new AuditVerdict(
                0, row.RequiredText("policy_uid"), row.Text("policy_namespace") ?? "", row.RequiredText("policy_name"),
                OneOf(row, "direction", "Ingress", "Egress"), row.Text("src_namespace") ?? "", row.Text("src_pod") ?? "", row.Text("dst_namespace") ?? "",
                row.Text("dst_pod") ?? "", Port(row), row.Text("protocol") ?? "", row.Text("reason") ?? "", TimestampText.Format(observed),
                OneOf(row, "verdict", PolicyVerdict.Allow, PolicyVerdict.WouldDeny)),
            observed);
    }

    private static string OneOf(SpecDocument row, string name, params ReadOnlySpan<string> allowed) =>
        row.RequiredText(name) is var text && allowed.Contains(text) ? text : throw new SpecException(name, "is something else", string.Join(", ", allowed!));

    private static int Port(SpecDocument row) => row.Member("dst_port") switch
    {
        null => -1,
        { ValueKind: JsonValueKind.Number } number when number.TryGetInt32(out var port) && port is >= -1 and <= ushort.MaxValue => port,
        _ => throw new SpecException("dst_port", "is no port", "a number from 0 to 65535, or null"),
    };
}
