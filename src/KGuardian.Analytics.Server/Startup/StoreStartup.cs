using System.Globalization;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Forwarding;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Inventory.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Rollups;
using KGuardian.Analytics.SecureEvents;
using KGuardian.Analytics.Server.Metrics;
using KGuardian.Analytics.Storage;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Upstream;
using KGuardian.Analytics.Verdicts;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Server.Startup;

/// <summary>
/// Brings the store up behind the listening HTTP server: schema, then the ingest tier; while ClickHouse is away it tries again and
/// <c>/health</c> says why. Stops in reverse: after Kestrel has finished its requests, what was accepted is flushed.
/// </summary>
internal sealed partial class StoreStartup(
    ClickHouseCluster cluster, ClickHouseHealth health, StoreMigrator migrator, StorageTiers storage, RetentionPolicy retention,
    StoreSecrets secrets, AdminEventLog adminEvents, StoreMetrics metrics, InventoryTier inventory, LocalNodeHandle node,
    IHostApplicationLifetime lifetime, TimeProvider clock, ILogger<StoreStartup> logger, IngestTier? ingest = null, ClockWatch? watch = null,
    VerdictLog? verdicts = null, VerdictForwarder? forwarder = null, BrokerTee? tee = null, EventProducer? events = null,
    EventForwarding? forwarding = null, ExportScheduler? exports = null, RollupBuilder? rollup = null)
    : IHostedService, IDisposable
{
    private static readonly TimeSpan RetryInterval = TimeSpan.FromSeconds(1);

    /// <summary>As long as the regular sign of life may take.</summary>
    private static readonly TimeSpan HealthLimit = TimeSpan.FromSeconds(3);

    /// <summary>Every store has a secret of its own, for as long as it exists.</summary>
    private static readonly ClickHouseQuery StoreMarker = new ClickHouseQuery(
        "SELECT cityHash64(value) FROM store WHERE name = {name:String} ORDER BY written_at, value LIMIT 1 FORMAT TSV")
        .With("name", StoreFactNames.DedupSecret.Name);

    /// <summary>Of a cluster's servers those that span the same shards; one that was away when the schema was brought up to date may not yet.</summary>
    private static readonly ClickHouseQuery SpanningMarker = new(
        "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = 'traffic' FORMAT TSV");

    private readonly CancellationTokenSource _stopping = new();
    private volatile string _phase = "starting";
    private Task _startup = Task.CompletedTask;

    /// <summary>Whether ClickHouse answered when it was last asked, a second ago at most.</summary>
    public bool IsReachable => health.Failure is null;

    /// <summary>Which addresses of ClickHouse do not answer while another one does; null when all do.</summary>
    public string? AwayEndpoints =>
        string.Join("; ", health.Endpoints.Where(endpoint => endpoint.Failure is not null).Select(endpoint => $"{endpoint.Endpoint.Url} {endpoint.Failure}"))
            is { Length: > 0 } away ? away : null;

    /// <summary>Why nothing expires now; null when it does.</summary>
    public string? RetentionHeld => watch is null ? null : retention.Held;

    /// <summary>Whether the schema was brought to the one known here.</summary>
    public bool IsSchemaReady { get; private set; }

    /// <summary>ClickHouse's version; null before it has answered.</summary>
    public string? ClickHouseVersion { get; private set; }

    /// <summary>Process exit code: not 0 when the store may not be served.</summary>
    public int ExitCode { get; private set; }

    /// <summary>What keeps this server from serving, asked of ClickHouse now; null when nothing does.</summary>
    public async Task<string?> FindProblemAsync(CancellationToken cancellationToken)
    {
        if (!IsSchemaReady)
        {
            return _phase;
        }

        if (health.Failure is { } failure)
        {
            return $"ClickHouse is away: {failure}";
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(HealthLimit);
        try
        {
            // Waits for no longer: a ClickHouse that hangs does not end its query either.
            return await migrator.FindLagAsync(health.IsAway, limit.Token).WaitAsync(limit.Token)
                ?? ingest?.NotReady ?? forwarding?.NotReady ?? exports?.NotReady;
        }
        catch (ClickHouseException e)
        {
            return $"ClickHouse is away: {e.Text}";
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return $"ClickHouse is away: no answer within {HealthLimit}";
        }
    }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        health.Start();
        node.OnDeath(() => health.Report("the local node died and is being restarted"));
        _startup = Task.Run(StartUpAsync, CancellationToken.None);
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _startup;
        if (exports is not null)
        {
            await exports.StopAsync();
        }

        if (forwarding is not null)
        {
            await forwarding.StopAsync(cancellationToken);
        }

        if (rollup is not null)
        {
            await rollup.StopAsync();
        }

        if (events is not null)
        {
            await events.StopAsync();
        }

        if (ingest is not null)
        {
            await ingest.StopAsync(cancellationToken);
        }

        if (forwarder is not null && verdicts is not null)
        {
            await forwarder.StopAsync(cancellationToken);
            await verdicts.StopAsync(cancellationToken);
        }

        if (tee is not null)
        {
            await tee.StopAsync(cancellationToken);
        }
    }

    public void Dispose() => _stopping.Dispose();

    private async Task StartUpAsync()
    {
        while (true)
        {
            try
            {
                await cluster.OpenAsync(_stopping.Token);
                health.WatchShards(cluster);
                _phase = "the store is being looked for";
                await FinishRestoreAsync();
                _phase = "the schema is being brought up to date";
                RecordMigration(await migrator.MigrateAsync(node.IsLocal, _stopping.Token));
                ClickHouseVersion = await cluster.Front.QuerySingleAsync<string>(new ClickHouseQuery("SELECT version() AS value"), _stopping.Token);
                if (ingest is not null)
                {
                    // As dropping days: who only answers questions changes no table.
                    await storage.ApplyAsync([.. cluster.Nodes.Select(server => server.Client)], _stopping.Token);
                }

                if (watch is not null)
                {
                    // Before anything expires or is written down.
                    await watch.StartAsync(await ingest!.ReadNewestArrivalAsync(_stopping.Token), _stopping.Token);
                }

                await retention.LoadAsync(_stopping.Token);
                // Before anything is read or written: from here on another address is taken only if it shows this store.
                await secrets.GetHasherAsync(_stopping.Token);
                await health.RequireSameDataAsync(cluster.Name is null ? StoreMarker : SpanningMarker, _stopping.Token);

                await inventory.StartAsync(_stopping.Token);
                IsSchemaReady = true;
                if (forwarder is not null && verdicts is not null)
                {
                    await verdicts.StartAsync(_stopping.Token);
                }

                if (exports is not null)
                {
                    // Before anything is loaded: what was exported is complete, wherever the clock is.
                    var exported = await exports.PrepareAsync(_stopping.Token);
                    ingest!.Arrivals.ResumeAfterOther(exported - 1);
                    events!.Order.ResumeAfterOther(exported - 1);
                }

                // Not again where only what is behind it failed.
                if (ingest?.NotReady is not null)
                {
                    await ingest.StartAsync(_stopping.Token);
                }

                if (events is not null)
                {
                    await events.StartAsync(_stopping.Token);
                }

                if (forwarding is not null)
                {
                    // Behind ingest and events, which know up to where they are complete.
                    await forwarding.StartAsync(_stopping.Token);
                }

                if (exports is not null)
                {
                    await exports.StartAsync(_stopping.Token);
                }

                rollup?.Start();
                forwarder?.Start();
                tee?.Start();
                retention.Start();
                adminEvents.Start();
                metrics.Start();
                LogReady(ClickHouseVersion, cluster.Front.Endpoint, cluster.Front.Database);
                return;
            }
            catch (ClickHouseException e)
            {
                _phase = $"ClickHouse is away: {e.Text}";
                LogWaiting(cluster.Front.Endpoint, e.Message);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception e)
            {
                // A schema of another version, a journal that is not one: trying again cannot help, serving would harm.
                _phase = e.Message;
                LogCannotServe(e);
                ExitCode = 1;
                lifetime.StopApplication();
                return;
            }

            await Task.WhenAny(Task.Delay(RetryInterval, clock, _stopping.Token));
        }
    }

    /// <summary>Goes on where an interrupted backup or restore left the store.</summary>
    private async Task FinishRestoreAsync()
    {
        // Stores that span shards are not restored by this program.
        if (cluster.Name is null && await StoreSwap.FinishAsync(cluster.Front, node.IsLocal, _stopping.Token))
        {
            adminEvents.Record(AdminActivity.StoreRestored, AdminInitiator.Server, cluster.Front.Database);
        }
    }

    private void RecordMigration(int applied)
    {
        if (applied > 0)
        {
            adminEvents.Record(
                AdminActivity.SchemaMigrated, AdminInitiator.Server, cluster.Front.Database,
                ("version", migrator.NewestVersion.ToString(CultureInfo.InvariantCulture)),
                ("migrations", applied.ToString(CultureInfo.InvariantCulture)));
        }
    }

    [LoggerMessage(1051, LogLevel.Information, "Ready: ClickHouse {Version} at {Endpoint}, database {Database}")]
    private partial void LogReady(string version, ClickHouseEndpoint endpoint, string database);

    [LoggerMessage(1052, LogLevel.Warning, "ClickHouse at {Endpoint} cannot be used yet, trying again: {Reason}")]
    private partial void LogWaiting(ClickHouseEndpoint endpoint, string reason);

    [LoggerMessage(1053, LogLevel.Critical, "This store cannot be served")]
    private partial void LogCannotServe(Exception exception);
}
