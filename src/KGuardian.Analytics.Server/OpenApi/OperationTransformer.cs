using System.Globalization;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.RateLimiting;
using Microsoft.OpenApi;
using Microsoft.OpenApi.Reader;

namespace KGuardian.Analytics.Server.OpenApi;

/// <summary>
/// Documents a route by its <see cref="ApiOperation"/>. Routes read the request by their declarations, so path and method are all that the framework knows.
/// </summary>
internal sealed class OperationTransformer(ApiComponents components) : IOpenApiOperationTransformer
{
    /// <summary>Writes a route's part of the document.</summary>
    /// <exception cref="InvalidOperationException">The route says nothing about itself.</exception>
    public Task TransformAsync(OpenApiOperation operation, OpenApiOperationTransformerContext context, CancellationToken cancellationToken)
    {
        var (path, method, metadata) =
            (context.Description.RelativePath!, context.Description.HttpMethod!, context.Description.ActionDescriptor.EndpointMetadata);
        var said = metadata.OfType<ApiOperation>().LastOrDefault()
            ?? throw new InvalidOperationException($"{method} {path} is not documented: say .WithOperation(...) where it is mapped");
        var role = RolePolicies.NeededRole(metadata);
        var document = context.Document!;
        var needs = role == TokenRole.None ? "Open to everybody." : $"Needs a token with the role {Principal.RoleText(role)}.";
        operation.Tags = new HashSet<OpenApiTagReference> { new(said.Family.Name, document) };
        operation.Summary = said.Summary;
        operation.Description = said.Text is null ? needs : $"{said.Text} {needs}";
        operation.OperationId = method.ToLowerInvariant() + string.Concat(path.Split('/', '-', '.', '{', '}').Select(Capital));
        operation.Security = role == TokenRole.None ? [] : [new() { [new OpenApiSecuritySchemeReference(DocumentTransformer.Bearer, document)] = [] }];
        operation.Parameters = said.Parameters.Count == 0 ? null : [.. said.Parameters.Select(Parameter)];
        operation.RequestBody = said.Body is not { } body ? null
            : new OpenApiRequestBody
            {
                Required = true,
                Content = new Dictionary<string, OpenApiMediaType> { ["application/json"] = components.Content(body, document) },
            };
        foreach (var type in said.OtherBodies)
        {
            operation.RequestBody!.Content![type] = new OpenApiMediaType();
        }

        if (said.IgnoresOthers)
        {
            (operation.Extensions ??= new Dictionary<string, IOpenApiExtension>())["x-ignores-other-parameters"] = new JsonNodeExtension(true);
        }

        operation.Responses = [];
        foreach (var answer in said.Answers.Concat(Errors(said, role, metadata.OfType<EnableRateLimitingAttribute>().Any())).OrderBy(answer => answer.Status))
        {
            Add(operation.Responses, answer, document);
        }

        return Task.CompletedTask;
    }

    private static OpenApiParameter Parameter(ApiParameter parameter)
    {
        var documented = new OpenApiParameter
        {
            Name = parameter.Name,
            In = parameter.IsPath ? ParameterLocation.Path : ParameterLocation.Query,
            Required = parameter.IsPath || parameter.IsRequired,
            Description = parameter.Text,
            Schema = OpenApiModelFactory.Parse<OpenApiSchema>(
                parameter.Schema.ToJsonString(), OpenApiSpecVersion.OpenApi3_1, new OpenApiDocument(), out _, OpenApiConstants.Json),
            Example = parameter.Example?.DeepClone(),
        };
        // Lists have commas.
        if (documented.Schema?.Type == JsonSchemaType.Array)
        {
            documented.Explode = false;
        }

        return documented;
    }

    private static IEnumerable<ApiResponse> Errors(ApiOperation operation, TokenRole role, bool isLimited)
    {
        if (operation.Parameters.Count > 0 || operation.Body is not null || !operation.IgnoresOthers)
        {
            yield return Error(operation.Family.ParameterStatus, "A parameter or the body cannot be taken; the text names it, its value and what is allowed.");
        }

        if (operation.Body is not null)
        {
            yield return Error(StatusCodes.Status415UnsupportedMediaType, "Its Content-Encoding is not known; Accept-Encoding says which are.");
        }

        if (role == TokenRole.None)
        {
            yield break;
        }

        yield return Error(StatusCodes.Status401Unauthorized, "A token is needed.");
        yield return Error(StatusCodes.Status403Forbidden, "The token does not have the role.");
        if (isLimited)
        {
            yield return Error(StatusCodes.Status422UnprocessableEntity, "The query needs more time or memory than a setting allows, which the text names.");
            if (operation.Family.TimeStatus != StatusCodes.Status422UnprocessableEntity)
            {
                yield return Error(
                    operation.Family.TimeStatus, "The query takes longer than a setting allows, which the text names, or ClickHouse does not answer.");
            }

            yield return Error(
                StatusCodes.Status429TooManyRequests,
                "This client has too many queries at once, and waited for Query:QueueTime; Retry-After says when to come again.");
        }

        yield return Error(StatusCodes.Status503ServiceUnavailable, "ClickHouse is away, or the server is not ready; Retry-After says when to come again.");

        ApiResponse Error(int status, string text) => ApiResponse.Error(operation.Family, status, text);
    }

    /// <summary>One status may have several answers: the first says when it comes.</summary>
    private void Add(OpenApiResponses answers, ApiResponse answer, OpenApiDocument document)
    {
        var status = answer.Status.ToString(CultureInfo.InvariantCulture);
        if (!answers.TryGetValue(status, out var known))
        {
            answers[status] = known = new OpenApiResponse { Description = answer.Text ?? "The answer.", Content = new Dictionary<string, OpenApiMediaType>() };
        }

        known.Content![answer.MediaType] = answer.Schema is { } schema ? components.Content(schema, document) : new OpenApiMediaType();
    }

    private static string Capital(string word) => word.Length == 0 ? "" : char.ToUpperInvariant(word[0]) + word[1..];
}
