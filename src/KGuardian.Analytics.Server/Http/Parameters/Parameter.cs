using System.Text.Json.Nodes;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Server.Http.Parameters;

/// <summary>
/// The kinds of parameters that there are. What is said here is documented and checked; a text that is not taken is a <see cref="ParameterException"/>.
/// </summary>
internal static class Parameter
{
    /// <summary>A whole number, which has a default.</summary>
    public static IntegerParameter Integer(string name, string text, int least, int most, int fallback, int example) =>
        new(name, text, least, most, fallback) { Example = example };

    /// <summary>A whole number, or none.</summary>
    public static ApiParameter<int?> OptionalInteger(string name, string text, int least, int most, int example) =>
        new(
            name, text, IntegerParameter.SchemaOf(least, most, fallback: null), given => IntegerParameter.Parse(name, given, least, most), absent: null)
        { Example = example };

    /// <summary>One of some words, the first of which is the default.</summary>
    public static ApiParameter<T> Word<T>(string name, string text, params (string Word, T Meaning)[] words)
    {
        var schema = SchemaOf(words);
        schema["default"] = words[0].Word;
        return new(name, text, schema, Find(name, words), words[0].Meaning) { Example = words[0].Word, Fallback = words[0].Word };
    }

    /// <summary>One of some words, or none.</summary>
    public static ApiParameter<T?> Choice<T>(string name, string text, params (string Word, T? Meaning)[] words) =>
        new(name, text, SchemaOf(words), Find(name, words), absent: default) { Example = words[0].Word };

    /// <summary>Any text, or none.</summary>
    public static ApiParameter<string?> Text(string name, string text, string? example, int longest = ApiParameter.LongestText) =>
        new(name, text, SchemaOf(longest), given => given, absent: null) { Example = example, Longest = longest };

    /// <summary>A text that means something, or none.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What it is.</param>
    /// <param name="example">A value that is taken.</param>
    /// <param name="refusal">What is wrong with a text without a meaning, and what is allowed.</param>
    /// <param name="read">Finds the meaning, or null; may say by <see cref="FilterException"/> what is wrong.</param>
    public static ApiParameter<T?> Meaning<T>(string name, string text, string example, (string Problem, string Allowed) refusal, Func<string, T?> read)
    {
        return new(name, text, SchemaOf(ApiParameter.LongestText), Read, absent: default) { Example = example };

        T? Read(string given)
        {
            try
            {
                return read(given) is { } meaning ? meaning : throw new ParameterException(name, given, refusal.Problem, refusal.Allowed);
            }
            catch (FilterException e)
            {
                throw new ParameterException(name, given, $"cannot be taken: {e.Message}", e.Expected);
            }
        }
    }

    /// <summary>A time, or a time that counts when it is left out.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What it is.</param>
    /// <param name="example">A value that is taken.</param>
    /// <param name="fallback">The time that counts when it is left out.</param>
    /// <param name="problem">What is said of a text that is none.</param>
    public static MomentParameter<TimeWindow> Time(string name, string text, string example, string fallback, string problem = "is not a time")
    {
        var schema = SchemaOf(ApiParameter.LongestText);
        schema["default"] = fallback;
        return new(name, text, schema, (given, now) => ParseTime(name, given, now, problem), absent: default) { Example = example, Fallback = fallback };
    }

    /// <summary>A time, or none.</summary>
    public static MomentParameter<TimeWindow?> OptionalTime(string name, string text, string example) =>
        new(name, text, SchemaOf(ApiParameter.LongestText), (given, now) => ParseTime(name, given, now, "is not a time"), absent: null) { Example = example };

    /// <summary>Different words with commas between them, or what is meant without.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What it is.</param>
    /// <param name="words">The words, and what each means.</param>
    /// <param name="most">How many there may be.</param>
    /// <param name="absent">What is meant when it is left out.</param>
    /// <param name="example">A value that is taken.</param>
    public static ApiParameter<IReadOnlyList<T>> List<T>(
        string name, string text, IReadOnlyList<(string Word, T Meaning)> words, int most, IReadOnlyList<T> absent, string example)
    {
        var allowed = $"1 to {most} of {string.Join(", ", words.Select(word => word.Word))}, separated by commas";
        var schema = new JsonObject { ["type"] = "array", ["items"] = SchemaOf(words), ["minItems"] = 1, ["maxItems"] = most, ["uniqueItems"] = true };
        return new(name, text, schema, Read, absent) { Example = Array(example.Split(',')) };

        IReadOnlyList<T> Read(string given)
        {
            var found = given.Split(',').Select(word => IndexOf(words, word) is >= 0 and var at ? words[at].Meaning
                : throw new ParameterException(name, given, $"has the unknown word '{word}'", allowed)).ToArray();
            if (found.Length > most)
            {
                throw new ParameterException(name, given, $"has {found.Length} words", allowed);
            }

            return found.Distinct().Count() == found.Length ? found : throw new ParameterException(name, given, "names something twice", allowed);
        }
    }

    /// <summary>The schema of texts.</summary>
    internal static JsonObject SchemaOf(int longest, int shortest = 1) => new() { ["type"] = "string", ["minLength"] = shortest, ["maxLength"] = longest };

    private static JsonObject SchemaOf<T>(IEnumerable<(string Word, T Meaning)> words) =>
        new() { ["type"] = "string", ["enum"] = Array(words.Select(word => word.Word)) };

    private static Func<string, T> Find<T>(string name, (string Word, T Meaning)[] words)
    {
        var allowed = string.Join(", ", words.Select(word => word.Word));
        return given => IndexOf(words, given) is >= 0 and var at
            ? words[at].Meaning
            : throw new ParameterException(name, given, "is not a known word", allowed);
    }

    private static int IndexOf<T>(IReadOnlyList<(string Word, T Meaning)> words, string word)
    {
        for (var at = 0; at < words.Count; at++)
        {
            if (words[at].Word == word)
            {
                return at;
            }
        }

        return -1;
    }

    private static TimeWindow ParseTime(string name, string text, DateTimeOffset now, string problem) =>
        FilterTime.TryParse(text, now, out var time) ? time : throw new ParameterException(name, text, problem, FilterTime.Expected);

    private static JsonArray Array(IEnumerable<string> words) => [.. words.Select(word => (JsonNode)word)];
}
