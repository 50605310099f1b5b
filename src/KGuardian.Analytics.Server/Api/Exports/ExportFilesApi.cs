using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Options;
using Microsoft.Net.Http.Headers;

namespace KGuardian.Analytics.Server.Api.Exports;

/// <summary>Finished files: <c>/api/reporting/v1/flows/reports/{fileId}</c>.</summary>
internal sealed class ExportFilesApi(ExportScheduler? exports = null)
{
    private static readonly ApiParameter<string?> FileId =
        new("fileId", "The file's id.", Parameter.SchemaOf(ApiParameter.LongestText), given => given, absent: null)
        { IsPath = true };

    private static readonly ApiOperation Download = new(ApiFamily.Exports, "A finished file")
    {
        Text = "Ranges are taken. ETag is the file's SHA-256 in hexadecimal digits, Repr-Digest the same as RFC 9530 has it. Never packed on its way, as "
            + "ranges are of the file.",
        Parameters = [ExportRoutes.Domain, FileId],
        Answers =
        [
            .. ScheduleDocument.Formats.Select(format => ApiResponse.Ok(null, format.Format.MediaType())),
            ApiResponse.Error(ApiFamily.Exports, StatusCodes.Status404NotFound, "There is no such file, it is not finished, or it is gone."),
            ApiResponse.Error(ApiFamily.Exports, StatusCodes.Status406NotAcceptable, "Accept does not take the file's type; no file is a PDF."),
            ExportRoutes.Several,
        ],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet($"{ExportRoutes.Prefix}/{{domain}}/reports/{{fileId}}", (HttpContext context, ExportFilesApi api) => api.DownloadAsync(context))
            .OnServer(ServerRole.All).RequireRole(TokenRole.Read).WithOperation(Download);

    private Task DownloadAsync(HttpContext context) => ExportRoutes.WithAsync(context, exports, async (parameters, known) =>
    {
        var accepted = context.Request.GetTypedHeaders().Accept;
        var all = ScheduleDocument.Formats.Select(format => format.Format.MediaType()).ToArray();
        if (!all.Any(type => Takes(accepted, type)))
        {
            await NotTakenAsync(context, $"Files are of {string.Join(", ", all)}");
            return;
        }

        if (known.Open(parameters.Get(FileId)!) is not { } found)
        {
            await UnknownAsync(context, parameters.Get(FileId)!, known);
            return;
        }

        await using var content = found.Content;
        if (!Takes(accepted, found.File.Format.MediaType()))
        {
            await NotTakenAsync(context, $"The file is {found.File.Format.MediaType()}");
            return;
        }

        // Ranges and the checksum are those of the file.
        context.Request.Headers.Remove(HeaderNames.AcceptEncoding);
        context.Response.Headers["Repr-Digest"] = $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(found.File.Sha256))}:";
        await TypedResults.Stream(
            content, found.File.Format.MediaType(), NameOf(found.File), found.File.CreatedOn, new EntityTagHeaderValue($"\"{found.File.Sha256}\""),
            enableRangeProcessing: true).ExecuteAsync(context);
    });

    /// <summary>Whether what Accept says of a type, in its closest words, is that it is taken.</summary>
    private static bool Takes(IList<MediaTypeHeaderValue> accepted, string mediaType)
    {
        var type = new MediaTypeHeaderValue(mediaType);
        return accepted.Count == 0 || accepted.Where(range => type.IsSubsetOf(new MediaTypeHeaderValue(range.MediaType)))
            .OrderBy(range => range.MatchesAllTypes).ThenBy(range => range.MatchesAllSubTypes).Select(range => range.Quality ?? 1).FirstOrDefault() > 0;
    }

    private static string NameOf(ExportFile file) =>
        $"{file.ReportType}-{DateTimeOffset.UnixEpoch.AddMicroseconds(file.To):yyyyMMdd'T'HHmmss'Z'}-{file.FileId}.{FileStore.ExtensionOf(file.Format)}";

    private static Task NotTakenAsync(HttpContext context, string what) => Problems.WriteAsync(
        context, StatusCodes.Status406NotAcceptable, "The file's type is not accepted",
        $"{what}; Accept = '{context.Request.Headers.Accept}' does not take that.");

    private static Task UnknownAsync(HttpContext context, string fileId, ExportScheduler known)
    {
        var run = known.All.Select(schedule => schedule.Run).FirstOrDefault(run => run?.FileId == fileId);
        return Problems.WriteAsync(
            context, StatusCodes.Status404NotFound, "There is no such file",
            run is null ? "There is no such file: there never was, it has expired, was pushed out by newer ones, or its schedule was deleted."
            : known.TroubleOf(run) is { } trouble ? $"The file is not finished: {trouble.Reason}. It is tried again."
            : "The file is not finished yet.");
    }
}
