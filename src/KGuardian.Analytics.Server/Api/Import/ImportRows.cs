using System.Text.Json;
using KGuardian.Analytics.Inventory.Parsing;

namespace KGuardian.Analytics.Server.Api.Import;

/// <summary>An array's elements: those that could be read, and what is wrong with the others.</summary>
internal sealed record ImportRows<TRow>(IReadOnlyList<TRow> Good, IReadOnlyList<ImportFault> Faults)
{
    /// <summary>Elements of a request: each is a change that waits with others, of which 10,000 do at most.</summary>
    private const int Most = 1_000;

    /// <exception cref="SpecException">The body is no array, or has too many elements.</exception>
    public static ImportRows<TRow> Read(ReadOnlyMemory<byte> body, Func<SpecDocument, TRow> read)
    {
        using var parsed = SpecDocument.Parse(body);
        if (parsed.RootElement is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() > Most)
        {
            throw new SpecException("body", "is no array, or has too many elements", $"an array of {Most} elements at most");
        }

        var (good, faults) = (new List<TRow>(), new List<ImportFault>());
        foreach (var (index, element) in array.EnumerateArray().Index())
        {
            try
            {
                good.Add(read(new SpecDocument(element)));
            }
            catch (SpecException e)
            {
                faults.Add(new ImportFault(index, e.Member, e.Message));
            }
        }

        return new(good, faults);
    }
}
