using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Inventory;
using KGuardian.Analytics.Inventory.Parsing;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Upstream;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary>
/// Reads the bodies of posts whole, within <c>Ingest:MaxBodyBytes</c> each and, with those of flows, <c>Ingest:MaxBufferedBytes</c> together; and
/// counts what is refused.
/// </summary>
internal sealed class SpecBodies(IngestSessions sessions, IngestOptions options, InventoryMetrics metrics, AcceptedPosts accepted)
{
    /// <summary>Reads a request's body and has it taken; one that is no JSON by its type is answered here.</summary>
    /// <param name="context">The request.</param>
    /// <param name="kind">What it is about, for the metrics.</param>
    /// <param name="take">Takes it, and answers.</param>
    public async Task TakeAsync(HttpContext context, string kind, Func<ReadOnlyMemory<byte>, Task> take)
    {
        if (!await JsonBodies.TakesAsync(context))
        {
            metrics.Count(kind, "refused");
            return;
        }

        if (context.Request.ContentLength > options.MaxBodyBytes)
        {
            metrics.Count(kind, "refused");
            throw new BodyTooLargeException(options.MaxBodyBytes);
        }

        var body = new SpecBody(options.MaxBodyBytes, sessions.Budget);
        try
        {
            try
            {
                await body.ReadAsync(context.Request.BodyReader, context.RequestAborted);
            }
            catch (Exception e) when (JsonBodies.IsDamage(e, context))
            {
                throw JsonBodies.Damaged(e);
            }

            await take(body.Bytes);
            accepted.Offer(context, KindOf(kind), body.Bytes);
        }
        catch (Exception e) when (e is SpecException or BodyTooLargeException or BadHttpRequestException
            or IngestUnavailableException or InventoryUnavailableException
            or ClickHouseException or StoreNotReadyException)
        {
            metrics.Count(kind, "refused");
            throw;
        }
        finally
        {
            body.Dispose();
        }
    }

    private static PostKind KindOf(string kind) => kind switch
    {
        "service" => PostKind.Services,
        "syscalls" => PostKind.Syscalls,
        "node" => PostKind.Nodes,
        _ => PostKind.Pods,
    };
}
