using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api;

/// <summary>Filters as parameters.</summary>
internal static class FilterParameter
{
    /// <summary>What it is called unless a route has several.</summary>
    public const string Name = "filter";

    /// <summary>A filter of a family whose fields are known when it is read only.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="text">What it is.</param>
    /// <param name="example">One that is taken.</param>
    public static ApiParameter<string?> Of(string name, string text, string example) =>
        new(name, text, Parameter.SchemaOf(FilterLimits.TextLength), given => given, absent: null) { Example = example, Longest = int.MaxValue };

    /// <summary>Reads a filter.</summary>
    /// <param name="name">The parameter that it is of.</param>
    /// <param name="text">Its text; null for none.</param>
    /// <param name="now">What relative times count from.</param>
    /// <param name="vocabulary">Its fields.</param>
    /// <param name="unknownField">The status of one with a field that there is not; null for that of other mistakes.</param>
    /// <exception cref="ParameterException">It cannot be read.</exception>
    public static FlowFilter Read(string name, string? text, DateTimeOffset now, FilterVocabulary vocabulary, int? unknownField = null)
    {
        try
        {
            return text is null ? FlowFilter.Everything : FlowFilter.Parse(text, now, vocabulary);
        }
        catch (FilterException e)
        {
            throw new ParameterException(name, text, $"cannot be read: {e.Message}", e.Expected)
            {
                Details = { ["position"] = e.Position, ["suggestion"] = e.Suggestion, ["excerpt"] = e.Excerpt },
                Status = e.IsUnknownField ? unknownField : null,
            };
        }
    }
}
