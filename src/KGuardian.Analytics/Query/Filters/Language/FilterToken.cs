namespace KGuardian.Analytics.Query.Filters.Language;

/// <summary>A piece of an expression.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Text">A word or quoted text as it is meant, a symbol as it is written.</param>
/// <param name="Position">Where it begins.</param>
internal readonly record struct FilterToken(FilterTokenKind Kind, string Text, int Position)
{
    /// <summary>Whether it is this keyword, in any case. Quoted text never is.</summary>
    public bool Is(string keyword) => Kind == FilterTokenKind.Word && Text.Equals(keyword, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is this symbol.</summary>
    public bool IsSymbol(string symbol) => Kind == FilterTokenKind.Symbol && Text == symbol;

    /// <summary>The token as errors name it.</summary>
    public override string ToString() => Kind switch
    {
        FilterTokenKind.End => "the end",
        FilterTokenKind.Symbol => $"'{Text}'",
        _ => Words.Quote(Text),
    };
}

/// <summary>Kinds of <see cref="FilterToken"/>.</summary>
internal enum FilterTokenKind
{
    /// <summary>A name, a keyword or a bare value.</summary>
    Word,

    /// <summary>A quoted value.</summary>
    Quoted,

    /// <summary>An operator, a parenthesis, a comma or '*'.</summary>
    Symbol,

    /// <summary>Nothing is left.</summary>
    End,
}
