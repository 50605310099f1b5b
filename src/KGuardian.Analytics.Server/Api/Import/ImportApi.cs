using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Inventory.Parsing;
using KGuardian.Analytics.Inventory.Syscalls;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Api.Inventory;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Verdicts;
using Microsoft.AspNetCore.Mvc;

namespace KGuardian.Analytics.Server.Api.Import;

/// <summary><c>/api/v1/admin/import</c>: what another store had comes in.</summary>
internal sealed class ImportApi(
    IngestTier tier, IngestSessions sessions, IngestOptions options, RetentionWindow window, InventoryTier inventory, VerdictImport verdicts,
    RetentionOptions retention, TimeProvider clock)
{
    private const string Route = "/api/v1/admin/import";

    private const string Common =
        "Nothing is handed to an evaluator or to the old broker. Rows that cannot be stored do not keep others from it. The same again stores nothing new.";

    private static readonly ApiParameter<bool> KeepAge = Parameter.Word(
        "keep_age",
        "true: each flow is kept for as long as if it had arrived on the day of its own time, and those of days that are not kept any more are older. "
            + "To streams, cursors and exports by arrival they arrive now either way.",
        ("false", false), ("true", true));

    private static readonly ApiOperation Target = new(ApiFamily.Administration, "What an import goes into")
    {
        Text = "The store's id changes when its flows are cleared: an import that was begun before has to begin anew.",
        Answers = [ApiResponse.Ok("ImportTarget")],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet(Route, (HttpContext context, ImportApi api) => api.GetAsync(context))
            .OnServer(ServerRole.Ingest).RequireRole(TokenRole.Admin).WithOperation(Target);
        Post("flows", "Takes flows of another store in", "Their times stay, they arrive now, and repeats count as no observations.", "Events",
            (api, context) => api.PostFlowsAsync(context), KeepAge);
        Post("pods", "Takes pods of another store in", "What is known of a later time stays: such a row is older.", "PodDetails",
            (api, context) => api.PostAsync(context, (element, now) => SpecParser.Pod(element, now), pod => string.IsNullOrWhiteSpace(pod.Name),
                pods => PutAllAsync(pods, pod => api.Inventory.ImportAsync(pod, context.RequestAborted))));
        Post("services", "Takes services of another store in", "What is known of a later time stays: such a row is older.", "SvcDetails",
            (api, context) => api.PostAsync(context, (element, now) => SpecParser.Service(element, now), service => service.Ip is "" or "None",
                services => PutAllAsync(services, service => api.Inventory.ImportAsync(service, context.RequestAborted))));
        Post("syscalls", "Takes system calls of another store in", "They are added to those that are known of the same pod and architecture.",
            "SyscallSets",
            (api, context) => api.PostAsync(
                context, SyscallParser.Read, set => string.IsNullOrWhiteSpace(set.PodName), sets => api.AddAsync(sets, context.RequestAborted)));
        Post("verdicts", "Takes audit verdicts of another store in",
            "They take the place of the time when they were observed. Those that Retention:VerdictDays would let go of at once are older.",
            "ImportedVerdicts", (api, context) => api.PostAsync(context, VerdictRow.Read, _ => false, rows => api.AddAsync(rows, context.RequestAborted)));

        void Post(
            string what, string summary, string text, string body, Func<ImportApi, HttpContext, Task> take, params ApiParameter[] parameters) =>
            // Ingest:MaxBodyBytes is checked where bodies are read, on what they unpack to.
            routes.MapPost($"{Route}/{what}", (HttpContext context, ImportApi api) => take(api, context))
                .OnServer(ServerRole.Ingest).RequireRole(TokenRole.Admin).WithMetadata(new DisableRequestSizeLimitAttribute())
                .WithOperation(new ApiOperation(ApiFamily.Administration, summary)
                {
                    Text = $"{text} {Common}",
                    Parameters = parameters,
                    Body = body,
                    Answers =
                    [
                        ApiResponse.Ok("ImportResult"),
                        ApiResponse.Error(ApiFamily.Administration, StatusCodes.Status413PayloadTooLarge, "The body is larger than Ingest:MaxBodyBytes."),
                        ApiResponse.Error(
                            ApiFamily.Administration, StatusCodes.Status415UnsupportedMediaType, "The body is no JSON, or its encoding is not known."),
                    ],
                });
    }

    private InventoryTier Inventory => inventory;

    private async Task GetAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        await context.Response.WriteAsJsonAsync(
            new { store = await tier.IdentifyAsync(context.RequestAborted), flows = tier.Status.KnownFlows }, context.RequestAborted);
    }

    private async Task PostFlowsAsync(HttpContext context)
    {
        var keepsAge = RequestParameters.Of(context).Get(KeepAge);
        if (!await TakesAsync(context))
        {
            return;
        }

        using var session = sessions.Open();
        ushort? oldest = keepsAge ? window.OldestDayNumber : null;
        session.Batch.OldestDay = oldest;
        try
        {
            await session.ReadAsync(context.Request.BodyReader, BodyShape.Batch, context.RequestAborted);
        }
        catch (Exception e) when (JsonBodies.IsDamage(e, context))
        {
            throw JsonBodies.Damaged(e);
        }

        var batch = session.Batch;
        var fresh = await session.Tier.CommitAsync(batch, isHistory: true);
        await WriteAsync(context, new ImportResult(batch.Count + batch.OlderCount + batch.RejectedCount)
        {
            OldestDay = oldest is { } day ? DateOnly.FromDateTime(DateTime.UnixEpoch).AddDays(day) : null,
            Stored = fresh,
            Known = batch.Count - fresh,
            Older = batch.OlderCount,
            Rejected = batch.RejectedCount,
            Faults = [.. batch.Rejected.Take(ImportResult.MostFaults).Select(row => new ImportFault(null, row.Field, row.Reason.Name()))],
        });
    }

    /// <summary>Takes an array whose elements are read one by one.</summary>
    private async Task PostAsync<TRow>(
        HttpContext context, Func<SpecDocument, long, TRow> read, Func<TRow, bool> isIgnored, Func<IReadOnlyList<TRow>, Task<ImportResult>> put)
    {
        RequestParameters.RefuseAll(context);
        if (!await TakesAsync(context))
        {
            return;
        }

        using var body = new SpecBody(options.MaxBodyBytes, sessions.Budget);
        try
        {
            await body.ReadAsync(context.Request.BodyReader, context.RequestAborted);
        }
        catch (Exception e) when (JsonBodies.IsDamage(e, context))
        {
            throw JsonBodies.Damaged(e);
        }

        var rows = ImportRows<TRow>.Read(body.Bytes, element => read(element, clock.NowMicros()));
        var taken = rows.Good.Where(row => !isIgnored(row)).ToArray();
        var result = await put(taken);
        await WriteAsync(context, result with
        {
            Rows = rows.Good.Count + rows.Faults.Count,
            Ignored = rows.Good.Count - taken.Length,
            Rejected = rows.Faults.Count,
            Faults = rows.Faults,
        });
    }

    private static async Task<ImportResult> PutAllAsync<TRow>(IReadOnlyList<TRow> rows, Func<TRow, Task<ImportedState>> put)
    {
        // At once: they go into one write.
        var outcomes = await Task.WhenAll(rows.Select(put));
        int Count(ImportedState outcome) => outcomes.Count(one => one == outcome);
        return new ImportResult(rows.Count)
        {
            Stored = Count(ImportedState.Stored),
            Known = Count(ImportedState.Known),
            Older = Count(ImportedState.Older),
        };
    }

    private async Task<ImportResult> AddAsync(IReadOnlyList<SyscallSet> sets, CancellationToken cancellationToken)
    {
        var fresh = await inventory.Syscalls.AddAsync(sets, cancellationToken);
        return new ImportResult(sets.Count) { Stored = fresh, Known = sets.Count - fresh };
    }

    private async Task<ImportResult> AddAsync(IReadOnlyList<VerdictRow> rows, CancellationToken cancellationToken)
    {
        // 0 days are for ever; ids begin with 2026.
        var begin = retention.VerdictDays == 0 ? DateTime.MinValue : clock.GetUtcNow().Date.AddDays(1 - retention.VerdictDays);
        var oldest = begin > VerdictSequence.Epoch.UtcDateTime ? begin : VerdictSequence.Epoch.UtcDateTime;
        var micros = (oldest - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var kept = rows.Where(row => row.ObservedMicros >= micros).ToArray();
        var stored = await verdicts.AddAsync([.. kept.Select(row => row.Verdict)], [.. kept.Select(row => row.ObservedMicros)], cancellationToken);
        return new ImportResult(rows.Count) { Stored = stored, Known = kept.Length - stored, Older = rows.Count - kept.Length };
    }

    private async ValueTask<bool> TakesAsync(HttpContext context) => !await JsonBodies.TakesAsync(context) ? false
        : context.Request.ContentLength > options.MaxBodyBytes ? throw new BodyTooLargeException(options.MaxBodyBytes) : true;

    private static Task WriteAsync(HttpContext context, ImportResult result) =>
        context.Response.WriteAsJsonAsync(result, SnakeCaseJson.Plain, context.RequestAborted);
}
