using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>What is parsed, and how. The defaults are far above any real event, which has 330 bytes.</summary>
internal sealed record EventParserOptions
{
    /// <summary>
    /// How deep objects and arrays may nest, the body's own array or object included, in a row that is looked at whole; 1 to 64. A deeper one is read as it
    /// streams by, which is slower and comes to the same.
    /// </summary>
    public int MaxWholeDepth { get; init; } = 32;

    /// <summary>
    /// The longest row that is looked at whole, in bytes of JSON. Also bounds what is buffered of a row that arrives in pieces. A longer one is read
    /// as it streams by.
    /// </summary>
    public int MaxWholeRowBytes { get; init; } = 256 * 1024;

    /// <summary>The longest text of a known field, in UTF-8 bytes after unescaping; at most 65,534, see <see cref="FlowKeyHasher"/>.</summary>
    public int MaxFieldBytes { get; init; } = 1024;

    /// <summary>Longer than this between its quotes, no text can be short enough: a byte takes six at most, as <c>\u0041</c>.</summary>
    internal int MaxRawFieldBytes => 6 * MaxFieldBytes;

    /// <summary>Throws when a limit is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting, its value and what is allowed.</exception>
    public void Validate()
    {
        // Skipping a value recurses once a level.
        Require(MaxWholeDepth, 1, 64, nameof(MaxWholeDepth));
        Require(MaxWholeRowBytes, 1, 1 << 30, nameof(MaxWholeRowBytes));
        Require(MaxFieldBytes, 1, ushort.MaxValue - 1, nameof(MaxFieldBytes));
    }

    private static void Require(int value, int min, int max, string name)
    {
        if (value < min || value > max)
        {
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; allowed are {min} to {max}.");
        }
    }
}
