using System.Text.Json;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Exports.Sources;
using KGuardian.Analytics.Server.Api.SecureEvents;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Exports;

/// <summary>What can be exported, and what an export would hold.</summary>
internal sealed class ExportConfigApi(ExportPreviews previews, ExportOptions options, SecureEventRequests requests, TimeProvider clock)
{
    private static readonly ApiParameter<string?> ReportType = new(
        "reportType", "The kind of report: flows, edges, events.", Parameter.SchemaOf(ApiParameter.LongestText), given => given, absent: null)
    { IsPath = true, Example = ExportRoutes.FlowDomain };

    private static readonly ApiResponse Unknown = ApiResponse.Error(
        ApiFamily.Exports, StatusCodes.Status404NotFound, "There is no such domain (there is flows), or no such kind of report.");

    private static readonly ApiOperation Config = new(ApiFamily.Exports, "What a kind of report can have: fields, formats, names in filters, limits, zones")
    {
        Parameters = [ExportRoutes.Domain, ReportType],
        Answers = [ApiResponse.Ok("ExportConfig"), Unknown],
    };

    private static readonly ApiOperation Preview = new(ApiFamily.Exports, "How many rows a report would have, and its first 20")
    {
        Text = "Takes what a schedule does; name, reportType and schedule may be left out. Since the run before is the last 24 h here. The limits are those of "
            + "every query (Query:*).",
        Parameters = [ExportRoutes.Domain, ReportType],
        Body = "ExportPreviewOrder",
        Answers = [ApiResponse.Ok("ExportPreview"), Unknown],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup($"{ExportRoutes.Prefix}/{{domain}}/{{reportType}}").OnServer(ServerRole.Query).RequireRole(TokenRole.Read);
        group.MapGet("/config", (HttpContext context, ExportConfigApi api) => api.ConfigAsync(context)).WithOperation(Config);
        group.MapPost("/preview", (HttpContext context, ExportConfigApi api) => api.PreviewAsync(context))
            .LimitedPerClient(ClientLimits.Aggregates).WithOperation(Preview);
    }

    private Task ConfigAsync(HttpContext context) => WithSourceAsync(context, source => SecureEventsApi.WriteAsync(context, json =>
    {
        json.WriteStartObject();
        json.WriteString("domain"u8, ExportRoutes.FlowDomain);
        json.WriteString("reportType"u8, source.Name);
        json.WriteStartArray("fields"u8);
        foreach (var field in source.Fields)
        {
            json.WriteStartObject();
            json.WriteString("name"u8, field);
            json.WriteBoolean("default"u8, source.DefaultFields.Contains(field));
            json.WriteEndObject();
        }

        json.WriteEndArray();
        WriteTexts(json, "formats", ScheduleDocument.Formats.Select(format => format.Name));
        WriteTexts(json, "bases", ["arrival", "first_seen"]);
        WriteTexts(json, "filters", source.FilterNames);
        json.WriteStartObject("limits"u8);
        json.WriteNumber("schedules"u8, ExportScheduler.MostSchedules);
        json.WriteNumber("nameLength"u8, ScheduleDocument.LongestName);
        json.WriteNumber("keepDays"u8, ScheduleDocument.MostKeepDays);
        json.WriteNumber("leastSeconds"u8, ScheduleTimes.LeastSeconds);
        json.WriteNumber("windowDays"u8, (int)WindowLength.Longest.TotalDays);
        json.WriteNumber("edges"u8, EdgeSource.MostEdges);
        json.WriteNumber("bytes"u8, options.MaxBytes);
        json.WriteEndObject();
        WriteTexts(json, "timeZones", ScheduleTimes.TimeZones);
        json.WriteEndObject();
    }));

    private Task PreviewAsync(HttpContext context) => WithSourceAsync(context, async source =>
    {
        var body = await JsonBody.ParseAsync(context.Request, """{"window": "-1h", "filter": "decision = DROP"}""");
        await requests.CatchUpAsync(context);
        var (total, rows) = await previews.ReadAsync(body, source, clock.GetUtcNow(), context.RequestAborted);
        await SecureEventsApi.WriteAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("total"u8, total);
            json.WritePropertyName("data"u8);
            byte[] data = [.. "["u8, .. rows.Span, .. "]"u8];
            json.WriteRawValue(data, skipInputValidation: true);
            json.WriteEndObject();
        });
    });

    private async Task WithSourceAsync(HttpContext context, Func<ExportSource, Task> act)
    {
        var parameters = RequestParameters.Of(context);
        if (!await ExportRoutes.HasDomainAsync(context, parameters))
        {
            return;
        }

        if (previews.Sources.FirstOrDefault(source => source.Name == parameters.Get(ReportType)) is { } found)
        {
            await act(found);
            return;
        }

        await Problems.WriteAsync(
            context, StatusCodes.Status404NotFound, "There is no such report",
            $"There is no report '{parameters.Get(ReportType)}'. Allowed: {string.Join(", ", previews.Sources.Select(source => source.Name))}.");
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (var text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
