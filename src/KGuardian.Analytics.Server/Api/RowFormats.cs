using KGuardian.Analytics.Query.Rows;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;
using Microsoft.Net.Http.Headers;

namespace KGuardian.Analytics.Server.Api;

/// <summary>Row formats as media types.</summary>
internal static class RowFormats
{
    private const string Ndjson = "application/x-ndjson";
    private const string Json = "application/json";

    /// <summary>The format by name; null is pages.</summary>
    public static readonly ApiParameter<RowFormat?> Format = Parameter.Word<RowFormat?>(
        "format", "How rows are written; Accept says the same.",
        ("json", null), ("ndjson", RowFormat.JsonLines), ("csv", RowFormat.Csv), ("arrow", RowFormat.Arrow), ("parquet", RowFormat.Parquet));

    private static readonly RowFormat[] Streams = [RowFormat.JsonLines, RowFormat.Csv, RowFormat.Arrow, RowFormat.Parquet];

    /// <summary>The format that the Accept header prefers: lines when it names them at a higher quality than JSON, else an array.</summary>
    public static RowFormat Of(HttpRequest request)
    {
        var accepted = request.GetTypedHeaders().Accept;
        var lines = Quality(accepted, Ndjson);
        return lines > 0 && lines >= Quality(accepted, Json) ? RowFormat.JsonLines : RowFormat.JsonArray;
    }

    /// <summary>
    /// The format of a stream that <see cref="Format"/> names, else Accept; null for pages of JSON. Only media types that Accept spells out count: what
    /// takes anything takes JSON.
    /// </summary>
    /// <exception cref="ParameterException">format is another word.</exception>
    public static RowFormat? Named(RequestParameters parameters, HttpRequest request)
    {
        if (parameters.Has(Format))
        {
            return parameters.Get(Format);
        }

        var accepted = request.GetTypedHeaders().Accept;
        var best = Streams.MaxBy(format => Quality(accepted, format.MediaType()));
        var quality = Quality(accepted, best.MediaType());
        return quality > 0 && quality >= Quality(accepted, Json) ? best : null;
    }

    public static string MediaType(this RowFormat format) => format switch
    {
        RowFormat.JsonLines => Ndjson,
        RowFormat.Csv => "text/csv",
        RowFormat.Arrow => "application/vnd.apache.arrow.stream",
        RowFormat.Parquet => "application/vnd.apache.parquet",
        _ => Json,
    };

    private static double Quality(IList<MediaTypeHeaderValue> accepted, string mediaType) =>
        accepted.Where(type => type.MediaType.Equals(mediaType, StringComparison.OrdinalIgnoreCase))
            .Select(type => type.Quality ?? 1)
            .DefaultIfEmpty(0)
            .Max();
}
