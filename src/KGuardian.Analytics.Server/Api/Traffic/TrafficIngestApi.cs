using System.Buffers;
using System.Buffers.Text;
using System.Diagnostics;
using System.Globalization;
using System.IO.Pipelines;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Server.Api.Inventory;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Upstream;
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Traffic;

/// <summary><c>POST /pod/traffic/batch</c> and <c>POST /pod/traffic</c>: events in, the number of new flows or the new row out.</summary>
internal sealed class TrafficIngestApi(IngestSessions sessions, IngestOptions options, IngestMetrics metrics, AcceptedPosts accepted)
{
    private static readonly ApiResponse TooLarge = ApiResponse.Error(
        ApiFamily.Traffic, StatusCodes.Status413PayloadTooLarge, "The body is larger than Ingest:MaxBodyBytes.");

    private static readonly ApiResponse NotTaken = ApiResponse.Error(
        ApiFamily.Traffic, StatusCodes.Status415UnsupportedMediaType, "The body is no JSON, or its encoding is not known.");

    private static readonly ApiOperation PostBatch = new(ApiFamily.Traffic, "Takes events in")
    {
        Text = "Answers how many flows they made new. Events that cannot be stored do not keep others from it: X-Rejected-Rows says how many.",
        IgnoresOthers = true,
        Body = "Events",
        Answers = [ApiResponse.Ok("NewFlows"), TooLarge, NotTaken],
    };

    private static readonly ApiOperation PostOne = new(ApiFamily.Traffic, "Takes one event in")
    {
        Text = "Answers the flow when it was new, null when it was known.",
        IgnoresOthers = true,
        Body = "Flow",
        Answers =
        [
            ApiResponse.Ok("StoredFlow"), TooLarge, NotTaken,
            ApiResponse.Error(ApiFamily.Traffic, StatusCodes.Status422UnprocessableEntity, "The event cannot be stored."),
        ],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        // Ingest:MaxBodyBytes is checked where bodies are read, on what they unpack to.
        var unlimited = new DisableRequestSizeLimitAttribute();
        routes.MapPost("/pod/traffic/batch", (HttpContext context, TrafficIngestApi api) => api.PostBatchAsync(context))
            .OnServer(ServerRole.Ingest).RequireRole(TokenRole.Ingest).WithMetadata(unlimited).WithOperation(PostBatch);
        routes.MapPost("/pod/traffic", (HttpContext context, TrafficIngestApi api) => api.PostOneAsync(context))
            .OnServer(ServerRole.Ingest).RequireRole(TokenRole.Ingest).WithMetadata(unlimited).WithOperation(PostOne);
    }

    private async Task PostBatchAsync(HttpContext context)
    {
        using var session = await ReadAsync(context, BodyShape.Batch);
        if (session is null)
        {
            return;
        }

        var fresh = await CommitAsync(session);
        Accepted(context, fresh);
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

    private async Task PostOneAsync(HttpContext context)
    {
        using var session = await ReadAsync(context, BodyShape.OneEvent);
        if (session is null)
        {
            return;
        }

        var fresh = await CommitAsync(session);
        if (session.Batch.Rejected is [var rejected, ..])
        {
            await Problems.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, "The event cannot be stored",
                rejected.Field.Length > 0 ? $"Field '{rejected.Field}': {rejected.Reason.Name()}." : $"{rejected.Reason.Name()}.",
                new Dictionary<string, object?> { ["field"] = rejected.Field, ["reason"] = rejected.Reason.Name() });
            return;
        }

        Accepted(context, newFlows: null);
        context.Response.ContentType = "application/json";
        StoredRow.Write(context.Response.BodyWriter, session.Batch, fresh == 1);
    }

    private async Task<int> CommitAsync(IngestSession session)
    {
        var started = Stopwatch.GetTimestamp();
        var fresh = await session.Tier.CommitAsync(session.Batch);
        metrics.RequestSeconds.Record(Stopwatch.GetElapsedTime(started).TotalSeconds);
        return fresh;
    }

    /// <summary>The body; where the old broker gets it, too, it is read whole and kept until the request ends.</summary>
    private async ValueTask<PipeReader> BodyAsync(HttpContext context)
    {
        if (!accepted.IsWanted(context))
        {
            return context.Request.BodyReader;
        }

        var whole = new SpecBody(options.MaxBodyBytes, sessions.Budget);
        context.Response.RegisterForDispose(whole);
        await whole.ReadAsync(context.Request.BodyReader, context.RequestAborted);
        context.Features.Set(whole);
        return PipeReader.Create(new ReadOnlySequence<byte>(whole.Bytes));
    }

    private void Accepted(HttpContext context, int? newFlows)
    {
        if (context.Features.Get<SpecBody>() is { } whole)
        {
            accepted.Offer(context, PostKind.Traffic, whole.Bytes, newFlows);
        }
    }

    /// <summary>Reads the body into a session's batch; null when the request was answered already.</summary>
    private async Task<IngestSession?> ReadAsync(HttpContext context, BodyShape shape)
    {
        var request = context.Request;
        if (!await JsonBodies.TakesAsync(context))
        {
            return null;
        }

        if (request.ContentLength > options.MaxBodyBytes)
        {
            throw new BodyTooLargeException(options.MaxBodyBytes);
        }

        var session = sessions.Open();
        try
        {
            await session.ReadAsync(await BodyAsync(context), shape, context.RequestAborted);
            return session;
        }
        catch (Exception e) when (JsonBodies.IsDamage(e, context))
        {
            session.Dispose();
            throw JsonBodies.Damaged(e);
        }
        catch
        {
            session.Dispose();
            throw;
        }
    }
}
