using System.Buffers;
using System.Text;

namespace KGuardian.Analytics.Query.Filters.Language;

/// <summary>Cuts an expression into tokens; also knows how values are spelled.</summary>
internal sealed class FilterLexer(string text)
{
    public static readonly string[] Keywords = ["and", "or", "not", "in", "contains", "startsWith", "starts", "exists"];

    private static readonly SearchValues<char> Special = SearchValues.Create("'\"(),=!<>*\\");
    private static readonly SearchValues<char> Plain =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._:/-");

    private static readonly SearchValues<char> Typographic = SearchValues.Create("\u201c\u201d\u201e\u201f\u2018\u2019\u201a\u201b\u00ab\u00bb");

    private int _at;

    /// <summary>Whether a text has one of the quotes that word processors make of <c>"</c> and <c>'</c>.</summary>
    public static bool HasTypographicQuote(string text) => text.AsSpan().ContainsAny(Typographic);

    /// <summary>The value as a canonical expression has it: bare if nothing could be mistaken, else in double quotes.</summary>
    /// <param name="value">The value.</param>
    /// <param name="nullIsAbsent">Whether a bare null would be taken for none.</param>
    public static string Spell(string value, bool nullIsAbsent)
    {
        if (value.Length > 0 && !value.AsSpan().ContainsAnyExcept(Plain) && !Keywords.Contains(value, StringComparer.OrdinalIgnoreCase)
            && !(nullIsAbsent && value.Equals("null", StringComparison.OrdinalIgnoreCase)))
        {
            return value;
        }

        var text = new StringBuilder(value.Length + 2).Append('"');
        foreach (var c in value)
        {
            text.Append(c switch
            {
                '"' => "\\\"",
                '\\' => @"\\",
                '\n' => @"\n",
                '\r' => @"\r",
                '\t' => @"\t",
                '\0' => @"\0",
                _ => c.ToString(),
            });
        }

        return text.Append('"').ToString();
    }

    /// <summary>The next token.</summary>
    /// <exception cref="FilterException">There is a character that begins none, or a quote without its end.</exception>
    public FilterToken Next()
    {
        while (_at < text.Length && char.IsWhiteSpace(text[_at]))
        {
            _at++;
        }

        var start = _at;
        if (start == text.Length)
        {
            return new FilterToken(FilterTokenKind.End, "", start);
        }

        if (text[start] is '"' or '\'')
        {
            return Quoted(start);
        }

        if (IsWord(text[start]))
        {
            return Word(start);
        }

        var symbol = text[start] switch
        {
            '!' or '<' or '>' when start + 1 < text.Length && text[start + 1] == '=' => text.Substring(start, 2),
            '(' or ')' or ',' or '=' or '<' or '>' or '*' => text.Substring(start, 1),
            '!' => throw new FilterException("'!' is no operator by itself", "'!=' or 'not'", "'!=' or 'not'", start, text),
            _ => throw new FilterException($"a bare value cannot have {Words.Quote(text.Substring(start, 1))}", "a quoted value", null, start, text),
        };
        _at = start + symbol.Length;
        return new FilterToken(FilterTokenKind.Symbol, symbol, start);
    }

    private static bool IsWord(char c) => !char.IsWhiteSpace(c) && !char.IsControl(c) && !Special.Contains(c);

    private FilterToken Word(int start)
    {
        while (_at < text.Length && IsWord(text[_at]))
        {
            _at++;
        }

        // UNKNOWN(47), as protocols without a name are given out, is one word.
        if (text.AsSpan(start, _at - start).Equals("UNKNOWN", StringComparison.OrdinalIgnoreCase) && _at < text.Length && text[_at] == '(')
        {
            var end = _at + 1;
            while (end < text.Length && char.IsAsciiDigit(text[end]))
            {
                end++;
            }

            if (end > _at + 1 && end < text.Length && text[end] == ')')
            {
                _at = end + 1;
            }
        }

        return new FilterToken(FilterTokenKind.Word, text[start.._at], start);
    }

    private FilterToken Quoted(int start)
    {
        var value = new StringBuilder();
        for (_at = start + 1; _at < text.Length; _at++)
        {
            var c = text[_at];
            if (c == text[start])
            {
                _at++;
                return new FilterToken(FilterTokenKind.Quoted, value.ToString(), start);
            }

            if (c == '\\' && _at + 1 < text.Length)
            {
                _at++;
                c = text[_at] switch { 'n' => '\n', 'r' => '\r', 't' => '\t', '0' => '\0', var escaped => escaped };
            }

            value.Append(c);
        }

        throw new FilterException("the quoted value does not end", $"a closing {text[start]}", null, start, text);
    }
}
