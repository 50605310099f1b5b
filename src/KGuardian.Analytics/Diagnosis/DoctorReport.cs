using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>All findings, as a document.</summary>
/// <param name="Status">The worst of them.</param>
/// <param name="Findings">In the order of the checks.</param>
internal sealed record DoctorReport(Severity Status, IReadOnlyList<Finding> Findings)
{
    /// <summary>How it is written: names and severities in snake_case.</summary>
    public static JsonSerializerOptions Json { get; } = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    /// <summary>The report of some findings.</summary>
    public static DoctorReport Of(IReadOnlyList<Finding> findings) => new(findings.Max(finding => finding.Severity), findings);
}
