namespace KGuardian.Analytics.Query.Filters.Language;

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
