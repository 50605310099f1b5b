namespace KGuardian.Analytics.Ingest;

/// <summary>Limits on what is parsed. The defaults are far above any real event, which has 330 bytes.</summary>
public sealed record EventParserOptions
{
    /// <summary>How deep objects and arrays may nest, the body's own array or object included; 1 to 64.</summary>
    public int MaxDepth { get; init; } = 32;

    /// <summary>The longest string, name or number, in bytes of JSON between its quotes.</summary>
    public int MaxTokenBytes { get; init; } = 64 * 1024;

    /// <summary>The longest row, in bytes of JSON. Also bounds what is buffered of a row that arrives in pieces.</summary>
    public int MaxRowBytes { get; init; } = 256 * 1024;

    /// <summary>The longest text of a known field, in UTF-8 bytes after unescaping; at most 65,534, see <see cref="FlowKeyHasher"/>.</summary>
    public int MaxFieldBytes { get; init; } = 1024;

    /// <summary>Throws when a limit is out of its range.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Names the setting, its value and what is allowed.</exception>
    public void Validate()
    {
        // Skipping a value recurses once a level.
        Require(MaxDepth, 1, 64, nameof(MaxDepth));
        Require(MaxRowBytes, 1, 1 << 30, nameof(MaxRowBytes));
        Require(MaxTokenBytes, 1, MaxRowBytes, nameof(MaxTokenBytes));
        Require(MaxFieldBytes, 1, Math.Min(MaxTokenBytes, ushort.MaxValue - 1), nameof(MaxFieldBytes));
    }

    private static void Require(int value, int min, int max, string name)
    {
        if (value < min || value > max)
            throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; allowed are {min} to {max}.");
    }
}
