using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Arrow;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Inventory.Parsing;
using KGuardian.Analytics.Policies.Documents;
using KGuardian.Analytics.Query.Edges;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Hosting;

/// <summary>Turns failures of the tiers into answers, in one place.</summary>
internal sealed partial class ErrorResponses(RequestDelegate next, ClickHouseHealth health, IngestMetrics metrics, ILogger<ErrorResponses> logger)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
        }
        catch (MalformedBodyException e)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "The body is not what this route takes",
                $"At byte {e.ByteOffset}: expected {e.Expected}.", new() { ["byteOffset"] = e.ByteOffset, ["expected"] = e.Expected });
        }
        catch (NotArrowException e)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, "The body is not what this route takes", e.Message,
                e.Column is null ? null : new() { ["column"] = e.Column, ["allowed"] = e.Allowed });
        }
        catch (SpecException e)
        {
            await Problems.WriteAsync(context, StatusCodes.Status400BadRequest, "The body is not what this route takes", e.Message,
                new Dictionary<string, object?> { ["member"] = e.Member, ["allowed"] = e.Allowed });
        }
        catch (ParameterException e)
        {
            var extensions = new Dictionary<string, object?> { ["parameter"] = e.Name, ["value"] = e.Value, ["allowed"] = e.Allowed };
            foreach (var (name, value) in e.Details.Where(detail => detail.Value is not null))
            {
                extensions.Add(name, value);
            }

            await Problems.WriteAsync(context, e.Status ?? ParameterStatus(context), "A parameter cannot be taken", e.Message, extensions);
        }
        catch (PolicyDocumentException e)
        {
            await Problems.WriteAsync(context, StatusCodes.Status400BadRequest, "The policies cannot be taken", e.Message,
                new Dictionary<string, object?> { ["field"] = e.Field, ["line"] = e.Line, ["problem"] = e.Problem });
        }
        catch (TooManyNamesException e)
        {
            await Problems.WriteAsync(context, StatusCodes.Status422UnprocessableEntity, "The query is larger than this server allows", $"{e.Message}.");
        }
        catch (FilterException e)
        {
            // Parameters that are right one by one, and too much together.
            await Problems.WriteAsync(
                context, ParameterStatus(context), "The parameters cannot be taken together",
                $"{e.Message} Allowed: {e.Expected}.");
        }
        catch (BodyTooLargeException e)
        {
            // The rest of the body is not read.
            context.Response.Headers.Connection = "close";
            await RefuseAsync(context, StatusCodes.Status413PayloadTooLarge, "The body is too large", e.Message);
        }
        catch (BadHttpRequestException e)
        {
            await RefuseAsync(context, e.StatusCode, "The request could not be read", e.Message);
        }
        catch (IngestUnavailableException e)
        {
            LogUnavailable(context.Request.Path, e.Message);
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, "Events cannot be taken now", e.Message);
        }
        catch (InventoryUnavailableException e)
        {
            LogUnavailable(context.Request.Path, e.Message);
            await Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "This cannot be taken now", e.Message);
        }
        catch (ClickHouseException e) when (QueryLimit.ExceededBy(e, context) is { } limit)
        {
            LogLimitExceeded(context.Request.Path, e.QueryId, limit.Setting, limit.Value);
            await Problems.WriteAsync(
                context, limit.IsTime ? TimeStatus(context) : StatusCodes.Status422UnprocessableEntity, "The query is larger than this server allows",
                $"The query needs more than {limit.Setting} = {limit.Value}. Ask for less, such as a shorter window, or raise the setting.",
                new Dictionary<string, object?> { ["setting"] = limit.Setting, ["value"] = limit.Value, ["queryId"] = e.QueryId });
        }
        catch (ClickHouseException e) when (e.Failure == ClickHouseFailure.Refused && !ClickHouseErrorCodes.IsStoreFault(e.Code))
        {
            // A statement of ours that is wrong: asking again cannot help, and its text is for whoever mends it.
            await FailAsync(context, e);
        }
        catch (StoreNotReadyException e)
        {
            LogNotReady(context.Request.Path, e.Message);
            await Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "The store is not ready", e.Message);
        }
        catch (ClickHouseException e) when (e.IsTimeout && TimeStatus(context) == StatusCodes.Status504GatewayTimeout)
        {
            LogQueryFailed(e, context.Request.Path, e.QueryId);
            await Problems.WriteAsync(context, StatusCodes.Status504GatewayTimeout, "ClickHouse did not answer in time", $"ClickHouse: {e.Text}.");
        }
        catch (ClickHouseException e)
        {
            LogQueryFailed(e, context.Request.Path, e.QueryId);
            await Problems.WriteAsync(context, StatusCodes.Status503ServiceUnavailable, "ClickHouse did not answer",
                e.Failure == ClickHouseFailure.Refused ? e.Text : $"{health.AwayPart} is away.", new Dictionary<string, object?> { ["queryId"] = e.QueryId });
        }
        catch (Exception e) when (context.RequestAborted.IsCancellationRequested && e is OperationCanceledException or IOException)
        {
            LogClientGone(context.Request.Path);
        }
        catch (Exception e)
        {
            await FailAsync(context, e);
        }
    }

    private static int ParameterStatus(HttpContext context) => ApiFamily.Of(context)?.ParameterStatus ?? StatusCodes.Status400BadRequest;

    private static int TimeStatus(HttpContext context) => ApiFamily.Of(context)?.TimeStatus ?? StatusCodes.Status422UnprocessableEntity;

    /// <summary>An error of this program's own: the answer says under which id the log has it.</summary>
    private Task FailAsync(HttpContext context, Exception e)
    {
        var id = Guid.NewGuid().ToString("N");
        LogFailed(e, context.Request.Method, context.Request.Path, id);
        return Problems.WriteAsync(
            context, StatusCodes.Status500InternalServerError, "An error of this server's own", $"It is in this server's log under the id {id}.",
            new Dictionary<string, object?> { ["errorId"] = id });
    }

    private Task RefuseAsync(HttpContext context, int status, string title, string detail, Dictionary<string, object?>? extensions = null)
    {
        metrics.Refused.Add(1, new KeyValuePair<string, object?>("status", status));
        return Problems.WriteAsync(context, status, title, detail, extensions);
    }

    [LoggerMessage(1301, LogLevel.Debug, "{Path} answered 503: {Reason}")]
    private partial void LogUnavailable(string path, string reason);

    [LoggerMessage(1302, LogLevel.Error, "{Path} failed in ClickHouse, query {QueryId}")]
    private partial void LogQueryFailed(Exception exception, string path, string queryId);

    [LoggerMessage(1304, LogLevel.Warning, "{Path} was ended at a limit, query {QueryId}: {Setting} = {Value}")]
    private partial void LogLimitExceeded(string path, string queryId, string setting, string value);

    [LoggerMessage(1305, LogLevel.Error, "{Method} {Path} failed for an error of this server's own, id {ErrorId}")]
    private partial void LogFailed(Exception exception, string method, string path, string errorId);

    [LoggerMessage(1306, LogLevel.Debug, "{Path} answered 503, the store is not ready: {Reason}")]
    private partial void LogNotReady(string path, string reason);

    [LoggerMessage(1303, LogLevel.Debug, "The client of {Path} left")]
    private partial void LogClientGone(string path);
}
