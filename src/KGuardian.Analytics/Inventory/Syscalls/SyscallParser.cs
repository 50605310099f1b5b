using System.Text.Json;
using KGuardian.Analytics.Inventory.Parsing;

namespace KGuardian.Analytics.Inventory.Syscalls;

/// <summary>Reads what agents say of system calls: an array of sets. One that is wrong does not keep the others from being taken.</summary>
internal static class SyscallParser
{
    /// <summary>Linux has some 460.</summary>
    private const int MostCalls = 1024;

    private const int LongestName = 64;

    /// <summary>Reads a body.</summary>
    /// <param name="body">The body.</param>
    /// <param name="now">For times that are not known, in microseconds since 1970.</param>
    /// <param name="ignored">Sets of no pod.</param>
    /// <param name="wrong">Those that cannot be taken; the first one's reason, or null.</param>
    /// <exception cref="SpecException">It is no array.</exception>
    public static IReadOnlyList<SyscallSet> Parse(ReadOnlyMemory<byte> body, long now, out int ignored, out (int Count, SpecException? First) wrong)
    {
        using var parsed = SpecDocument.Parse(body);
        if (parsed.RootElement.ValueKind != JsonValueKind.Array)
        {
            throw new SpecException("body", $"is no array but {SpecDocument.Kind(parsed.RootElement)}",
                "an array of {pod_name, pod_namespace, syscalls, arch, time_stamp}");
        }

        var sets = new List<SyscallSet>();
        (ignored, wrong) = (0, (0, null));
        foreach (var element in parsed.RootElement.EnumerateArray())
        {
            try
            {
                var set = Read(new SpecDocument(element), now);
                if (string.IsNullOrWhiteSpace(set.PodName))
                {
                    ignored++;
                }
                else
                {
                    sets.Add(set);
                }
            }
            catch (SpecException e)
            {
                wrong = (wrong.Count + 1, wrong.First ?? e);
            }
        }

        return sets;
    }

    /// <summary>One set.</summary>
    /// <exception cref="SpecException">It cannot be taken.</exception>
    public static SyscallSet Read(SpecDocument document, long now) => new(
        document.RequiredText("pod_name"), document.RequiredText("pod_namespace"), document.RequiredText("arch"),
        Calls(document), document.RequiredTime("time_stamp", now));

    private static string[] Calls(SpecDocument document)
    {
        const string Field = "syscalls";
        var allowed = $"{MostCalls} names of {LongestName} characters at most, without commas";
        if (document.Member(Field) is not { ValueKind: JsonValueKind.Array } array || array.GetArrayLength() > MostCalls)
        {
            throw new SpecException(Field, "is no array, or has too many names", allowed);
        }

        var calls = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var element in array.EnumerateArray())
        {
            var call = element.ValueKind == JsonValueKind.String ? SpecDocument.TextOf(Field, element).Trim() : null;
            if (call is null || call.Length > LongestName || call.Contains(',', StringComparison.Ordinal))
            {
                throw new SpecException(Field, "has something else than names", allowed);
            }

            if (call.Length > 0)
            {
                calls.Add(call);
            }
        }

        return [.. calls];
    }
}
