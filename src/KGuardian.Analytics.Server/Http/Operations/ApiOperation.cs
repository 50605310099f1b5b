using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Http.Operations;

/// <summary>
/// What a route does, takes and answers; endpoint metadata, by which requests are bound and the document is written. Errors that every route of its kind has
/// are added by the document.
/// </summary>
/// <param name="Family">The routes it belongs to.</param>
/// <param name="Summary">What it does, in a line.</param>
internal sealed record ApiOperation(ApiFamily Family, string Summary)
{
    /// <summary>More about it.</summary>
    public string? Text { get; init; }

    /// <summary>What it takes: there are no other parameters.</summary>
    public IReadOnlyList<ApiParameter> Parameters
    {
        get;
        init
        {
            field = value;
            var names = value.Where(parameter => !parameter.IsPath).Select(parameter => parameter.Name).ToArray();
            QueryNames = names.Length == 0 ? "none" : string.Join(", ", names);
        }
    } = [];

    /// <summary>Whether unknown parameters are ignored, as the route's contract has it.</summary>
    public bool IgnoresOthers { get; init; }

    /// <summary>Schema of the JSON body that it takes; null for none.</summary>
    public string? Body { get; init; }

    /// <summary>Media types that it takes instead of JSON, which say the same in another way.</summary>
    public IReadOnlyList<string> OtherBodies { get; init; } = [];

    public IReadOnlyList<ApiResponse> Answers { get; init; } = [];

    /// <summary>Names of the query parameters, in words.</summary>
    public string QueryNames { get; private init; } = "none";

    /// <summary>Where the query parameter of this name is in the list; less than 0 when there is none.</summary>
    public int IndexOfQuery(string name)
    {
        // Who ignores what it does not know takes LIMIT for limit, as the broker's clients may send it.
        var comparison = IgnoresOthers ? StringComparison.OrdinalIgnoreCase : StringComparison.Ordinal;
        for (var at = 0; at < Parameters.Count; at++)
        {
            if (!Parameters[at].IsPath && name.Equals(Parameters[at].Name, comparison))
            {
                return at;
            }
        }

        return -1;
    }
}

/// <summary>Says what a route is, where the route is mapped.</summary>
internal static class ApiOperations
{
    /// <summary>The route does what the operation says, and takes its parameters and no others.</summary>
    public static TBuilder WithOperation<TBuilder>(this TBuilder route, ApiOperation operation)
        where TBuilder : IEndpointConventionBuilder => route.WithMetadata(operation);
}
