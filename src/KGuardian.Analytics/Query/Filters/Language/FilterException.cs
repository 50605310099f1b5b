namespace KGuardian.Analytics.Query.Filters.Language;

/// <summary>A filter that cannot exist, and what would have been right. Always the caller's mistake: a 400, never a 500.</summary>
internal sealed class FilterException : Exception
{
    private const int ExcerptBefore = 40;
    private const int ExcerptAfter = 30;

    private readonly string _problem;
    private readonly string? _text;

    internal FilterException(string problem, string expected, string? suggestion = null, int? position = null, string? text = null)
        : base(Describe(problem, suggestion, position))
    {
        _problem = problem;
        _text = text;
        Expected = expected;
        Suggestion = suggestion;
        Position = position;
    }

    /// <summary>0-based offset (UTF-16) of the character in the expression; null when the filter was not built from text.</summary>
    public int? Position { get; }

    /// <summary>What would have been accepted there, such as "a port (0 to 65535)".</summary>
    public string Expected { get; }

    /// <summary>The nearest thing that would have been accepted, such as a field's name.</summary>
    public string? Suggestion { get; }

    /// <summary>Whether it names a field that its vocabulary does not have: some contracts answer that with a status of its own.</summary>
    public bool IsUnknownField { get; init; }

    /// <summary>The part of the expression around the mistake and, on a second line, a caret under it; null without a position.</summary>
    public string? Excerpt
    {
        get
        {
            if (Position is not { } position || _text is null)
            {
                return null;
            }

            var start = Math.Max(0, position - ExcerptBefore);
            var end = Math.Min(_text.Length, position + ExcerptAfter);
            // One character each, so that the caret stands where it should.
            var line = string.Concat(_text[start..end].Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '?' : c));
            return $"{line}\n{new string(' ', position - start)}^";
        }
    }

    /// <summary>The same mistake, found at a place in a text.</summary>
    internal FilterException At(int position, string text) =>
        new(_problem, Expected, Suggestion, position, text) { IsUnknownField = IsUnknownField };

    private static string Describe(string problem, string? suggestion, int? position) =>
        (position is { } at ? $"At character {at}: " : "") + problem + (suggestion is null ? "" : $"; did you mean {suggestion}?");
}
