using System.Text.Json;

namespace KGuardian.Analytics.Verdicts;

/// <summary>What an evaluator answered of one flow.</summary>
/// <param name="Verdicts">Those that are kept.</param>
/// <param name="Others">Results with another verdict, which are not kept.</param>
/// <param name="Bad">Results that are no results: something is missing, of another type, or longer than it may be.</param>
internal sealed record EvaluatorAnswer(IReadOnlyList<PolicyVerdict> Verdicts, int Others, int Bad)
{
    /// <summary>
    /// Longest answer in bytes. Results have some 300 bytes; 16 questions at once so hold 4 MiB at most.
    /// </summary>
    public const int MostBytes = 256 << 10;

    /// <summary>Most results of an answer: policies that select one pod are a handful.</summary>
    private const int MostResults = 256;

    /// <summary>Longest text of a result, in characters; names of Kubernetes have 253.</summary>
    private const int LongestText = 1024;

    private static readonly JsonDocumentOptions Shallow = new() { MaxDepth = 16 };

    /// <summary>Reads an answer. One bad result does not spoil the others.</summary>
    /// <exception cref="EvaluatorException">It is no answer at all.</exception>
    public static EvaluatorAnswer Parse(ReadOnlyMemory<byte> body)
    {
        try
        {
            using var document = JsonDocument.Parse(body, Shallow);
            if (document.RootElement is not { ValueKind: JsonValueKind.Object } root || !root.TryGetProperty("results", out var results)
                || results.ValueKind is not (JsonValueKind.Array or JsonValueKind.Null))
            {
                throw NoAnswer("it has no list of results");
            }

            // Go writes null for a list without members.
            return results.ValueKind == JsonValueKind.Null ? new EvaluatorAnswer([], 0, 0)
                : results.GetArrayLength() <= MostResults ? Read(results)
                : throw NoAnswer($"it has {results.GetArrayLength()} results, more than {MostResults}");
        }
        catch (JsonException e)
        {
            throw NoAnswer($"it is no JSON: {e.Message}");
        }
    }

    private static EvaluatorException NoAnswer(string reason) => new(EvaluatorFailure.Bad, $"its answer is none: {reason}");

    private static EvaluatorAnswer Read(JsonElement results)
    {
        var verdicts = new List<PolicyVerdict>();
        var (others, bad) = (0, 0);
        foreach (var result in results.EnumerateArray())
        {
            if (result.ValueKind != JsonValueKind.Object || Text(result, "policyName") is not { Length: > 0 } name
                || Text(result, "policyNamespace") is not { } policyNamespace || Text(result, "policyUID") is not { } uid
                || Text(result, "direction") is not ("Ingress" or "Egress") || Text(result, "verdict") is not { Length: > 0 } verdict
                || Text(result, "reason") is not { } reason)
            {
                bad++;
            }
            else if (verdict is PolicyVerdict.Allow or PolicyVerdict.WouldDeny)
            {
                verdicts.Add(new PolicyVerdict(
                    uid, policyNamespace, name, Text(result, "direction")!, verdict, verdict == PolicyVerdict.Allow ? "" : reason));
            }
            else
            {
                others++;
            }
        }

        return new EvaluatorAnswer(verdicts, others, bad);
    }

    /// <summary>A member's text; empty when it is missing or null; null when it is no text, or a longer one than may be.</summary>
    private static string? Text(JsonElement result, string name)
    {
        if (!result.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
        {
            return "";
        }

        try
        {
            return value.ValueKind == JsonValueKind.String && value.GetString() is { Length: <= LongestText } text ? text : null;
        }
        catch (InvalidOperationException)
        {
            // Half a surrogate pair: no text, and counted with the results that are bad.
            return null;
        }
    }
}
