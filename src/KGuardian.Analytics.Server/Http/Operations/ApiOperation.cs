using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Http.Operations;

/// <summary>What a route does, takes and answers; endpoint metadata. Errors that every route of its kind has are added by the document.</summary>
/// <param name="Family">The routes it belongs to.</param>
/// <param name="Summary">What it does, in a line.</param>
internal sealed record ApiOperation(ApiFamily Family, string Summary)
{
    /// <summary>More about it.</summary>
    public string? Text { get; init; }

    public IReadOnlyList<ApiParameter> Parameters { get; init; } = [];

    /// <summary>Whether unknown parameters are ignored, as the route's contract has it.</summary>
    public bool IgnoresOthers { get; init; }

    /// <summary>Schema of the JSON body that it takes; null for none.</summary>
    public string? Body { get; init; }

    public IReadOnlyList<ApiAnswer> Answers { get; init; } = [];

    /// <summary>Names of the query parameters: there are no others.</summary>
    public string[] QueryNames => [.. Parameters.Where(parameter => !parameter.IsPath).Select(parameter => parameter.Name)];
}
