using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Options;
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Traffic;

/// <summary><c>POST /pod/traffic/batch</c> and <c>POST /pod/traffic</c>: events in, the number of new flows or the new row out.</summary>
internal static class TrafficIngestApi
{
    public static void MapTrafficIngest(this IEndpointRouteBuilder routes)
    {
        // Ingest:MaxBodyBytes is checked where bodies are read, on what they unpack to.
        var unlimited = new DisableRequestSizeLimitAttribute();
        routes.MapPost("/pod/traffic/batch", PostBatchAsync).OnTier(ServerRole.Ingest).Needs(TokenRole.Ingest).WithMetadata(unlimited).Documented(TrafficDocuments.PostBatch);
        routes.MapPost("/pod/traffic", PostOneAsync).OnTier(ServerRole.Ingest).Needs(TokenRole.Ingest).WithMetadata(unlimited).Documented(TrafficDocuments.PostOne);
    }

    private static async Task PostBatchAsync(HttpContext context)
    {
        using var session = await ReadAsync(context, BodyShape.Batch);
        if (session is null)
        {
            return;
        }

        var fresh = await CommitAsync(context, session);
        var response = context.Response;
        response.ContentType = "application/json";
        if (session.Batch.RejectedCount > 0)
        {
            response.Headers["X-Rejected-Rows"] = session.Batch.RejectedCount.ToString(CultureInfo.InvariantCulture);
        }

        Utf8Formatter.TryFormat(fresh, response.BodyWriter.GetSpan(16), out var length);
        response.ContentLength = length;
        response.BodyWriter.Advance(length);
    }

    private static async Task PostOneAsync(HttpContext context)
    {
        using var session = await ReadAsync(context, BodyShape.OneEvent);
        if (session is null)
        {
            return;
        }

        var fresh = await CommitAsync(context, session);
        if (session.Batch.Rejected is [var rejected, ..])
        {
            await Problems.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, "The event cannot be stored",
                rejected.Field.Length > 0 ? $"Field '{rejected.Field}': {rejected.Reason.Name()}." : $"{rejected.Reason.Name()}.",
                new Dictionary<string, object?> { ["field"] = rejected.Field, ["reason"] = rejected.Reason.Name() });
            return;
        }

        context.Response.ContentType = "application/json";
        StoredRow.Write(context.Response.BodyWriter, session.Batch, fresh == 1);
    }

    private static async Task<int> CommitAsync(HttpContext context, IngestSession session)
    {
        var started = Stopwatch.GetTimestamp();
        var fresh = await session.Tier.CommitAsync(session.Batch);
        context.RequestServices.GetRequiredService<IngestMetrics>().RequestSeconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        return fresh;
    }

    /// <summary>Reads the body into a session's batch; null when the request was answered already.</summary>
    private static async Task<IngestSession?> ReadAsync(HttpContext context, BodyShape shape)
    {
        var request = context.Request;
        if (!request.HasJsonContentType())
        {
            context.Response.Headers.Accept = "application/json";
            await Problems.WriteAsync(context, StatusCodes.Status415UnsupportedMediaType, "The content type is not taken",
                $"Content-Type '{request.ContentType}' is not taken: send application/json.");
            return null;
        }

        var options = context.RequestServices.GetRequiredService<IngestOptions>();
        if (request.ContentLength > options.MaxBodyBytes)
        {
            throw new BodyTooLargeException(options.MaxBodyBytes);
        }

        var session = context.RequestServices.GetRequiredService<IngestSessions>().Open();
        try
        {
            await session.ReadAsync(request.BodyReader, shape, context.RequestAborted);
            return session;
        }
        catch (Exception e) when (e is InvalidDataException or InvalidOperationException
            || (e is IOException and not BadHttpRequestException && !context.RequestAborted.IsCancellationRequested))
        {
            // Which of the first two a damaged body is depends on its encoding; the third is Kestrel's for a chunk's size beyond 64 bits.
            session.Dispose();
            throw new BadHttpRequestException($"The body could not be read: {e.Message}", StatusCodes.Status400BadRequest, e);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
