using System.Globalization;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Http;

/// <summary>
/// A request's query parameters, each known, given once, not empty and of bounded length; nothing is ignored. Values are read by the methods.
/// </summary>
internal sealed class QueryParameters
{
    /// <summary>Enough for every parameter but the filter and the cursor, which have bounds of their own.</summary>
    public const int LongestValue = 1024;

    private readonly Dictionary<string, string> _values = [];

    /// <summary>Reads the parameters of a request; known are those that its route is documented with.</summary>
    /// <exception cref="ParameterException">One is unknown, repeated, empty or too long.</exception>
    public QueryParameters(HttpRequest request)
        : this(request, request.HttpContext.QueryNames())
    {
    }

    /// <summary>Reads the parameters of a request.</summary>
    /// <exception cref="ParameterException">One is unknown, repeated, empty or too long.</exception>
    public QueryParameters(HttpRequest request, params string[] known)
    {
        foreach (var (name, values) in request.Query)
        {
            if (!known.Contains(name, StringComparer.Ordinal))
                throw new ParameterException(name.Length <= LongestValue ? name : name[..LongestValue], values, "is no parameter of this route", known.Length == 0 ? "none" : string.Join(", ", known));
            if (values is not [{ } value])
                throw new ParameterException(name, values, $"is given {values.Count} times", "one value");
            if (value.Length == 0)
                throw new ParameterException(name, value, "is empty", "a value, or the parameter left out");
            // A cursor holds what tells a flow from others, whose texts may be long.
            var longest = name == "cursor" ? CursorSigner.LongestText : LongestValue;
            if (value.Length > longest && name != "filter")
                throw new ParameterException(name, value, $"has {value.Length} characters", $"at most {longest} characters");
            _values.Add(name, value);
        }
    }

    /// <summary>The parameter's text; null when it is not given.</summary>
    public string? Text(string name) => _values.GetValueOrDefault(name);

    /// <summary>A whole number; null when it is not given.</summary>
    /// <exception cref="ParameterException">It is none, or out of bounds.</exception>
    public int? Integer(string name, int min, int max)
    {
        if (Text(name) is not { } text)
            return null;
        // .NET takes NULs behind a number.
        return !text.EndsWith('\0') && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= min && number <= max
            ? number
            : throw new ParameterException(name, text, "is not a whole number in bounds", $"{min} to {max}");
    }

    /// <summary>One of the words, the first when it is not given.</summary>
    /// <exception cref="ParameterException">It is another.</exception>
    public string Word(string name, params string[] words) => WordOrNone(name, words) ?? words[0];

    /// <summary>One of the words; null when it is not given.</summary>
    /// <exception cref="ParameterException">It is another.</exception>
    public string? WordOrNone(string name, params string[] words)
    {
        if (Text(name) is not { } text)
            return null;
        return words.Contains(text, StringComparer.Ordinal) ? text : throw new ParameterException(name, text, "is not a known word", string.Join(", ", words));
    }

    /// <summary>What a text means; null when the parameter is not given.</summary>
    /// <exception cref="ParameterException"><paramref name="read"/> finds no meaning, or says what is wrong with it.</exception>
    public T? Read<T>(string name, string allowed, Func<string, T?> read)
        where T : class
    {
        if (Text(name) is not { } text)
            return null;
        try
        {
            return read(text) ?? throw new ParameterException(name, text, "cannot be taken", allowed);
        }
        catch (FilterException e)
        {
            throw new ParameterException(name, text, $"cannot be taken: {e.Message}", e.Expected);
        }
    }

    /// <summary>A list of different things, separated by commas; null when it is not given.</summary>
    /// <exception cref="ParameterException">One is not known, or is there twice, or there are more than <paramref name="most"/>.</exception>
    public T[]? List<T>(string name, Func<string, T?> find, IEnumerable<string> known, int most)
        where T : class
    {
        if (Text(name) is not { } text)
            return null;
        var allowed = $"1 to {most} of {string.Join(", ", known)}, separated by commas";
        var found = text.Split(',').Select(word => find(word) ?? throw new ParameterException(name, text, $"has the unknown word '{word}'", allowed)).ToArray();
        if (found.Length > most)
            throw new ParameterException(name, text, $"has {found.Length} words", allowed);
        return found.Distinct().Count() == found.Length ? found : throw new ParameterException(name, text, "names something twice", allowed);
    }
}
