using System.Diagnostics;
using System.Globalization;
using System.Net.Mime;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Options;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Net.Http.Headers;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary>
/// <c>POST /api/v1/flows</c>: flows in as JSON, NDJSON or Arrow, what became of them out. They are events as those of <c>POST /pod/traffic/batch</c>: the same
/// bounds, the same backpressure, and repeats are observations. The old broker has no such route and is not handed them.
/// </summary>
internal sealed class FlowIngestApi(IngestSessions sessions, IngestOptions options, IngestMetrics metrics)
{
    /// <summary>Media types of Arrow's two forms, which are told apart by what they begin with.</summary>
    private static readonly string[] Arrow = ["application/vnd.apache.arrow.stream", "application/vnd.apache.arrow.file"];

    private static readonly string[] Lines = ["application/x-ndjson", "application/ndjson", "application/jsonl"];

    private static readonly string Taken = string.Join(", ", [MediaTypeNames.Application.Json, Lines[0], .. Arrow]);

    private static readonly ApiOperation Post = new(ApiFamily.Flows, "Takes flows in")
    {
        Text = "By Content-Type a JSON array, NDJSON, or Arrow's IPC stream or file, whose batches may be packed with LZ4 or ZSTD. An export of flows is "
            + "such a body: columns and members are called as there, others are ignored. Arrow's texts may be utf8, large_utf8, utf8_view, binary or "
            + "dictionaries; ports also numbers of any width, unless pod_port_text and traffic_in_out_port_text are there, as posted; time_stamp also a "
            + "timestamp of any unit, with a zone or in UTC; uuid also 16 bytes. Flows that cannot be stored do not keep others from it: they are faults, "
            + "which name the row, the field, its value and what is allowed. What is refused whole stores nothing.",
        Body = "Events",
        OtherBodies = [Lines[0], .. Arrow],
        Answers =
        [
            ApiResponse.Ok("TakenFlows"),
            ApiResponse.Error(
                ApiFamily.Flows, StatusCodes.Status413PayloadTooLarge,
                "The body, or what it unpacks to and its rows take, is larger than Ingest:MaxBodyBytes."),
            ApiResponse.Error(
                ApiFamily.Flows, StatusCodes.Status415UnsupportedMediaType, "The body is of none of these types, or its encoding is not known."),
        ],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        // Ingest:MaxBodyBytes is checked where bodies are read, on what they unpack to.
        routes.MapPost("/api/v1/flows", (HttpContext context, FlowIngestApi api) => api.PostAsync(context))
            .OnServer(ServerRole.Ingest).RequireRole(TokenRole.Ingest).WithMetadata(new DisableRequestSizeLimitAttribute()).WithOperation(Post);

    private async Task PostAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        var read = Reader(context.Request);
        if (read is null)
        {
            context.Response.Headers.Accept = Taken;
            await Problems.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, "The content type is not taken",
                $"Content-Type '{context.Request.ContentType}' is not taken: send one of {Taken}.");
            return;
        }

        if (context.Request.ContentLength > options.MaxBodyBytes)
        {
            throw new BodyTooLargeException(options.MaxBodyBytes);
        }

        using var session = sessions.Open();
        try
        {
            await read(session, context);
        }
        catch (Exception e) when (JsonBodies.IsDamage(e, context))
        {
            throw JsonBodies.Damaged(e);
        }

        var batch = session.Batch;
        var started = Stopwatch.GetTimestamp();
        var fresh = await session.Tier.CommitAsync(batch);
        metrics.RequestSeconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        if (batch.RejectedCount > 0)
        {
            context.Response.Headers["X-Rejected-Rows"] = batch.RejectedCount.ToString(CultureInfo.InvariantCulture);
        }

        await context.Response.WriteAsJsonAsync(TakenFlows.Of(batch, fresh), SnakeCaseJson.Plain, context.RequestAborted);
    }

    /// <summary>What reads a body of the type that the request names; null for none.</summary>
    private static Func<IngestSession, HttpContext, ValueTask>? Reader(HttpRequest request)
    {
        var type = MediaTypeHeaderValue.TryParse(request.ContentType, out var parsed) ? parsed.MediaType.Value : null;
        bool Is(string[] types) => types.Contains(type, StringComparer.OrdinalIgnoreCase);
        return request.HasJsonContentType() ? (session, context) => session.ReadAsync(context.Request.BodyReader, BodyShape.Batch, context.RequestAborted)
            : Is(Lines) ? (session, context) => session.ReadAsync(context.Request.BodyReader, BodyShape.Lines, context.RequestAborted)
            : Is(Arrow) ? (session, context) => session.ReadArrowAsync(context.Request.Body, context.RequestAborted)
            : null;
    }
}
