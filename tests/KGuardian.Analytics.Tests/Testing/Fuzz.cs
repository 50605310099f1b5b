using System.Globalization;

namespace KGuardian.Analytics.Tests.Testing;

/// <summary>How much is fuzzed and from which seeds. A test's own seeds are kept; those that once failed are added to it.</summary>
internal static class Fuzz
{
    /// <summary>Inputs of a long run, over all of a test's seeds.</summary>
    public const int LongInputs = 10_000_000;

    /// <summary>The seed to use: the test's, moved by KGUARDIAN_FUZZ_SEED for inputs that nobody has seen yet.</summary>
    public static int Seed(int kept) => kept + Moved;

    private static int Moved { get; } =
        Environment.GetEnvironmentVariable("KGUARDIAN_FUZZ_SEED") is { Length: > 0 } text ? int.Parse(text, CultureInfo.InvariantCulture) : 0;
}
