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

    private static readonly ApiOperation GetFile = new(ApiFamily.Exports, "A finished file")
    {
        Text = "Ranges are taken. ETag is the file's SHA-256 in hexadecimal digits, Repr-Digest the same as RFC 9530 has it. Never packed on its way, as "
            + "ranges are of the file.",
        Parameters = [ExportRoutes.Domain, FileId],
        Answers =
        [
            .. ScheduleDocument.Formats.Select(format => ApiResponse.Ok(null, format.Format.MediaType())),
            new ApiResponse(
                StatusCodes.Status307TemporaryRedirect, null, "text/plain",
                "It lies in a bucket: Location is its address there, which is good for 15 minutes and needs no token of this server."),
            ApiResponse.Error(ApiFamily.Exports, StatusCodes.Status404NotFound, "There is no such file, it is not finished, or it is gone."),
            ApiResponse.Error(ApiFamily.Exports, StatusCodes.Status406NotAcceptable, "Accept does not take the file's type; no file is a PDF."),
            ApiResponse.Error(ApiFamily.Exports, StatusCodes.Status503ServiceUnavailable, "The bucket does not answer, or the store is not ready."),
            ExportRoutes.Several,
        ],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet($"{ExportRoutes.Prefix}/{{domain}}/reports/{{fileId}}", (HttpContext context, ExportFilesApi api) => api.DownloadAsync(context))
            .OnServer(ServerRole.All).RequireRole(TokenRole.Read).WithOperation(GetFile);

    private Task DownloadAsync(HttpContext context) => ExportRoutes.WithAsync(context, exports, async (parameters, known) =>
    {
        var accepted = context.Request.GetTypedHeaders().Accept;
        var all = ScheduleDocument.Formats.Select(format => format.Format.MediaType()).ToArray();
        if (!all.Any(type => Takes(accepted, type)))
        {
            await NotTakenAsync(context, $"Files are of {string.Join(", ", all)}");
            return;
        }

        if (known.FindFile(parameters.Get(FileId)!) is not { } file)
        {
            await UnknownAsync(context, parameters.Get(FileId)!, known);
        }
        else if (!Takes(accepted, file.Format.MediaType()))
        {
            await NotTakenAsync(context, $"The file is {file.Format.MediaType()}");
        }
        else if (file.Bucket is null)
        {
            await SendAsync(context, file, known);
        }
        else
        {
            await RedirectAsync(context, file, known);
        }
    });

    private static async Task SendAsync(HttpContext context, ExportFile file, ExportScheduler known)
    {
        if (known.Open(file) is not { } opened)
        {
            await UnknownAsync(context, file.FileId, known);
            return;
        }

        await using var content = opened;
        // Ranges and the checksum are those of the file.
        context.Request.Headers.Remove(HeaderNames.AcceptEncoding);
        context.Response.Headers["Repr-Digest"] = DigestOf(file);
        await TypedResults.Stream(
            content, file.Format.MediaType(), NameOf(file), file.CreatedOn, new EntityTagHeaderValue($"\"{file.Sha256}\""),
            enableRangeProcessing: true).ExecuteAsync(context);
    }

    private static async Task RedirectAsync(HttpContext context, ExportFile file, ExportScheduler known)
    {
        Uri? address;
        try
        {
            var download = new Download(NameOf(file), file.Format.MediaType(), context.IsHead());
            address = await known.SignAsync(file, download, context.RequestAborted);
        }
        catch (IOException e)
        {
            await Problems.WriteAsync(
                context, StatusCodes.Status503ServiceUnavailable, "The file's bucket does not answer", $"File {file.FileId} cannot be got now: {e.Message}");
            return;
        }

        if (address is null)
        {
            await UnknownAsync(context, file.FileId, known);
            return;
        }

        // Whoever keeps the address longer than its signature lasts is refused.
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["Repr-Digest"] = DigestOf(file);
        context.Response.Headers.Location = address.AbsoluteUri;
        context.Response.StatusCode = StatusCodes.Status307TemporaryRedirect;
    }

    private static string DigestOf(ExportFile file) => $"sha-256=:{Convert.ToBase64String(Convert.FromHexString(file.Sha256))}:";

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
