using KGuardian.Analytics.Query.Aggregates;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Names;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary><c>GET /api/v1/flows/fields</c>: what filters of flows are made of, for whoever helps to write one.</summary>
internal static class FlowFieldsApi
{
    private static readonly ApiOperation Fields = new(ApiFamily.Flows, "The fields that filters take, with their operators and values")
    {
        Text = "Of a field that is counted, /api/v1/flows/top has the values that there are: by=pod&filter=pod startsWith \"web\".",
        Answers = [ApiResponse.Ok("FlowFields")],
    };

    private static readonly FlowFields Answer = new(
        [.. FilterVocabulary.Flows.Fields.Select(field => new FlowFieldAnswer(
            field.Name, field.Aliases, [.. field.Operators.Select(op => op.Symbol())], field.Values, field.KnownValues,
            FlowDimension.Find(field.Name) is not null))],
        [.. FlowName.Labels.Select(label => label.Prefix)],
        ["and", "or", "not"]);

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/flows/fields", (Delegate)GetAsync).OnServer(ServerRole.Query).RequireRole(TokenRole.Read).WithOperation(Fields);

    private static Task GetAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        return context.Response.WriteAsJsonAsync(Answer, context.RequestAborted);
    }

    private sealed record FlowFields(IReadOnlyList<FlowFieldAnswer> Fields, IReadOnlyList<string> Prefixes, IReadOnlyList<string> Keywords);

    private sealed record FlowFieldAnswer(
        string Name, IReadOnlyList<string> Aliases, IReadOnlyList<string> Operators, string Values, IReadOnlyList<string> Words, bool Counted);
}
