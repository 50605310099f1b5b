using System.IO.Compression;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Parsing;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Metadata;

namespace KGuardian.Analytics.Server.Http;

/// <summary>
/// Unpacks bodies by their header <c>Content-Encoding</c> (RFC 9110, 8.4): codings in any case, with their old names, several in the order in which they
/// were applied. What is not known is 415 with the codings that are. Every step is bounded by the route's limit of a body, so that a body neither unpacks
/// to more nor costs more on the way there, as a packed chain of empty parts would.
/// </summary>
internal sealed class ContentCodings(RequestDelegate next, IngestOptions ingest)
{
    /// <summary>What is taken, as the header says it.</summary>
    private const string Taken = "gzip, br, deflate, identity";

    /// <summary>Nobody packs three times; each time costs what the body unpacks to.</summary>
    private const int MostCodings = 2;

    public async Task InvokeAsync(HttpContext context)
    {
        var request = context.Request;
        if (request.Headers.ContentEncoding.Count == 0 || context.GetEndpoint() is not RouteEndpoint
            || context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody == false)
        {
            await next(context);
            return;
        }

        var given = request.Headers.ContentEncoding.ToString();
        var codings = given.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(Coding.Find).ToArray();
        if (codings.Contains(null) || codings.Count(coding => coding != Coding.Identity) > MostCodings)
        {
            context.Response.Headers.AcceptEncoding = Taken;
            await Problems.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, "The content encoding is not taken",
                $"Content-Encoding '{given}' is not taken: send gzip, br, deflate or none, {MostCodings} of them at most.");
            return;
        }

        var packed = request.Body;
        var body = packed;
        // The last one was applied last.
        foreach (var coding in codings.Reverse().Where(coding => coding != Coding.Identity))
        {
            body = new LimitedStream(coding!.Unpack(body), Limit(context));
        }

        request.Headers.Remove("Content-Encoding");
        if (body == packed)
        {
            await next(context);
            return;
        }

        request.ContentLength = null;
        request.Body = body;
        try
        {
            await next(context);
        }
        finally
        {
            request.Body = packed;
            await body.DisposeAsync();
        }
    }

    /// <summary>How long a body of the route may be, and what says that one is longer.</summary>
    private (long Bytes, Func<Exception> TooLarge) Limit(HttpContext context)
    {
        var limit = context.GetEndpoint()!.Metadata.GetMetadata<IRequestSizeLimitMetadata>() is { } own
            ? own.MaxRequestBodySize
            : context.Features.Get<IHttpMaxRequestBodySizeFeature>()?.MaxRequestBodySize;
        return limit is { } bytes
            ? (bytes, () => new BadHttpRequestException($"The unpacked body is larger than {bytes} bytes.", StatusCodes.Status413PayloadTooLarge))
            // Bodies of events, which have a setting.
            : (ingest.MaxBodyBytes, () => new BodyTooLargeException(ingest.MaxBodyBytes));
    }

    private sealed record Coding(string Name, Func<Stream, Stream> Unpack)
    {
        public static readonly Coding Identity = new("identity", packed => packed);

        private static readonly Coding[] All =
        [
            Identity,
            new("gzip", packed => new GZipStream(packed, CompressionMode.Decompress, leaveOpen: false)),
            new("x-gzip", packed => new GZipStream(packed, CompressionMode.Decompress, leaveOpen: false)),
            new("br", packed => new BrotliStream(packed, CompressionMode.Decompress, leaveOpen: false)),
            // The zlib format, whatever its name says.
            new("deflate", packed => new ZLibStream(packed, CompressionMode.Decompress, leaveOpen: false)),
        ];

        public static Coding? Find(string name) => Array.Find(All, coding => coding.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
    }
}
