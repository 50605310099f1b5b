using KGuardian.Analytics.Query;
using Microsoft.Net.Http.Headers;

namespace KGuardian.Analytics.Server.Api;

/// <summary>Row formats as media types.</summary>
internal static class RowFormats
{
    private const string Ndjson = "application/x-ndjson";

    /// <summary>The format that the Accept header prefers: lines when it names them at a higher quality than JSON, else an array.</summary>
    public static RowFormat Of(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        var lines = Quality(accepted, Ndjson);
        return lines > 0 && lines >= Quality(accepted, "application/json") ? RowFormat.JsonLines : RowFormat.JsonArray;
    }

    public static string MediaType(this RowFormat format) => format == RowFormat.JsonLines ? Ndjson : "application/json";

    private static double Quality(IList<MediaTypeHeaderValue> accepted, string mediaType) =>
        accepted.Where(type => type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase))
            .Select(type => type.Quality ?? 1)
            .DefaultIfEmpty(0)
            .Max();
}
