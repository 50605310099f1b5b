using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary>What became of the flows of a request; the next three numbers add up to the first.</summary>
/// <param name="Rows">Rows that came.</param>
/// <param name="Stored">Those that are new.</param>
/// <param name="Known">Those that were known, or twice in the request: they were seen again.</param>
/// <param name="Rejected">Those that cannot be stored.</param>
/// <param name="Faults">Why, of the first of them.</param>
internal sealed record TakenFlows(int Rows, int Stored, int Known, int Rejected, IReadOnlyList<FlowFault> Faults)
{
    /// <summary>Faults that are told; the rest is counted. With values that are cut they are some 40 KB.</summary>
    public const int MostFaults = 100;

    /// <summary>What became of a batch.</summary>
    /// <param name="batch">The flows.</param>
    /// <param name="fresh">How many were new.</param>
    public static TakenFlows Of(EventBatch batch, int fresh) => new(
        batch.Count + batch.RejectedCount, fresh, batch.Count - fresh, batch.RejectedCount, [.. batch.Rejected.Take(MostFaults).Select(FlowFault.Of)]);
}

/// <summary>Why a flow cannot be stored.</summary>
/// <param name="Row">Its place in the request, from 0.</param>
/// <param name="Field">The member or column at fault; empty for all of it.</param>
/// <param name="Reason">What is wrong with it.</param>
/// <param name="Value">What it says, as JSON, cut; null where it is not there or the row is too long to be kept.</param>
/// <param name="Allowed">What it may be.</param>
internal sealed record FlowFault(int Row, string Field, string Reason, string? Value, string Allowed)
{
    private const int MostOfValue = 256;

    /// <summary>The fault of a row.</summary>
    public static FlowFault Of(RejectedRow row) => new(row.Row, row.Field, row.Reason.Name(), ValueOf(row), row.Reason.Allowed());

    private static string? ValueOf(RejectedRow row)
    {
        if (row.RawBytes > row.Raw.Length)
        {
            return null;
        }

        if (row.Field.Length == 0)
        {
            return Show(row.Raw.Span);
        }

        try
        {
            // It was parsed before: it is JSON, however deep.
            using var parsed = JsonDocument.Parse(row.Raw, new JsonDocumentOptions { MaxDepth = RejectedRow.MaxRawBytes });
            return parsed.RootElement.TryGetProperty(row.Field, out var value) ? Show(JsonMarshal.GetRawUtf8Value(value)) : null;
        }
        catch (InvalidOperationException)
        {
            // One of its names has half of a surrogate pair; the answer says reason and place without the value.
            return null;
        }
    }

    private static string Show(ReadOnlySpan<byte> json) =>
        Encoding.UTF8.GetString(json) is var text && text.Length > MostOfValue ? $"{text[..MostOfValue]}…" : text;
}
