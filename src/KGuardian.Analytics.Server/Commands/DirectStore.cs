using System.Diagnostics.Metrics;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Clocks;
using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Migrations;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>The store without a server: the local node, started for as long as a command runs, or a ClickHouse of the user's.</summary>
internal sealed partial class DirectStore : IAsyncDisposable
{
    private readonly ServerSettings _settings;
    private readonly ILoggerFactory _logging;
    private readonly LocalNode? _node;

    /// <summary>Nobody asks a command for its metrics.</summary>
    private readonly ServiceProvider _metrics = new ServiceCollection().AddMetrics().BuildServiceProvider();

    private DirectStore(ServerSettings settings, ILoggerFactory logging, LocalNode? node)
    {
        _settings = settings;
        _logging = logging;
        _node = node;
        Client = new ClickHouseClient(node is null ? settings.ClickHouse : [node.Endpoint], settings.Client, logging.CreateLogger<ClickHouseClient>());
        Migrator = new Migrator(Client, StoreSchema.Migrations, logging.CreateLogger<Migrator>());
    }

    public ClickHouseClient Client { get; }

    private IMeterFactory Meters => _metrics.GetRequiredService<IMeterFactory>();

    /// <summary>Where backups go unless a place is named.</summary>
    public BackupDestination Backups => _node is null ? BackupDestination.Default : BackupDestination.In(_node.BackupDirectory);

    public Migrator Migrator { get; }

    /// <summary>Looks whether backups are there.</summary>
    public BackupInspector Inspector => new(Client, _node is null ? null : Backups);

    /// <summary>Who reads the store's views: whoever defines them, and of a local node the users that are made for it.</summary>
    public StoreReaders OpenReaders() => new(Client, _node, _settings.Client, _logging);

    /// <summary>Who acts: whoever may run commands here.</summary>
    public static AdminInitiator Initiator { get; } = new("command-line", $"{Environment.UserName} at {Environment.MachineName}");

    /// <summary>Opens it, for this command alone when it is a local node.</summary>
    /// <param name="settings">Settings.</param>
    /// <param name="backupDirectory">Where the local node may write backups; null as the settings say.</param>
    /// <param name="create">Whether there may be no store yet.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="CommandException">There is no store.</exception>
    /// <exception cref="LocalNodeException">The node cannot be started, or a server uses it.</exception>
    public static async Task<DirectStore> OpenAsync(ServerSettings settings, string? backupDirectory, bool create, CancellationToken cancellationToken)
    {
        var data = Path.GetFullPath(settings.DataDirectory);
        if (settings.HasLocalNode && !create && !Directory.Exists(Path.Combine(data, "clickhouse")))
        {
            throw new CommandException(
                $"there is no store in KGUARDIAN_DATA_DIR = '{data}', and no server runs there; name the right directory, or a server by --server");
        }

        // Standard output is the command's own.
        var logging = LoggerFactory.Create(log => log.SetMinimumLevel(LogLevel.Warning)
            // What fails in the node fails in the command, which says so itself.
            .AddFilter(typeof(LocalNode).FullName, LogLevel.Critical)
            .AddSimpleConsole(console => console.SingleLine = true)
            .Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace));
        LocalNode? node = null;
        try
        {
            if (settings.HasLocalNode)
            {
                node = new LocalNode(
                    settings.Node with { BackupDirectory = backupDirectory ?? settings.Node.BackupDirectory },
                    logging.CreateLogger<LocalNode>());
                await node.StartAsync(cancellationToken);
            }

            return new DirectStore(settings, logging, node);
        }
        catch
        {
            logging.Dispose();
            throw;
        }
    }

    public ILogger<T> Logger<T>() => _logging.CreateLogger<T>();

    /// <summary>Which days show, as a server would have it.</summary>
    public async Task<RetentionWindow> ReadWindowAsync(CancellationToken cancellationToken)
    {
        var window = new RetentionWindow(_settings.Retention.Days);
        await using var policy = new RetentionPolicy(
            ClickHouseCluster.Of(Client), window, _settings.Retention, forgetExpired: null, isShared: false, Clock(), Logger<RetentionPolicy>());
        try
        {
            await policy.LoadAsync(cancellationToken);
        }
        catch (ClickHouseException e)
        {
            LogWindow(Logger<DirectStore>(), e.Message);
        }

        return window;
    }

    /// <summary>Brings in what a server that was killed left in its journal, as its next start would.</summary>
    /// <exception cref="CommandException">The schema is another version's.</exception>
    public async Task BringJournalInAsync(CancellationToken cancellationToken)
    {
        var directories = IngestDirectories.In(_settings.DataDirectory);
        // What spans shards is refused by whoever called.
        if (!Directory.Exists(directories.Journal) || _settings.Cluster is not null)
        {
            return;
        }

        if (await Migrator.ReadVersionAsync(cancellationToken) != Migrator.NewestVersion)
        {
            throw new CommandException(
                "the store's schema is another version's than this program's: run the version that the store belongs to, or start the server once");
        }

        // A server of this data directory that has its store elsewhere must not start meanwhile.
        using var held = _node is null ? DataDirectoryLock.Acquire(Path.GetFullPath(_settings.DataDirectory)) : null;
        await using var health = new ClickHouseHealth(Client, TimeProvider.System, Logger<ClickHouseHealth>());
        var metrics = new IngestMetrics(Meters);
        await using var ingest = new IngestTier(
            ClickHouseCluster.Of(Client), health, _settings.Ingest, _settings.Dedup, await ReadWindowAsync(cancellationToken),
            directories, Clock(), metrics, Logger<IngestTier>());
        await ingest.StartAsync(cancellationToken);
        await ingest.StopAsync(cancellationToken);
    }

    /// <summary>Forgets what a server left in its journal: it was acknowledged for a store that was replaced.</summary>
    public void DropJournal()
    {
        var journal = IngestDirectories.In(_settings.DataDirectory).Journal;
        if (Directory.Exists(journal))
        {
            Directory.Delete(journal, recursive: true);
        }
    }

    /// <summary>Writes an act into the audit log.</summary>
    public async Task RecordAsync(AdminActivity activity, string target, params (string Name, string Value)[] meta)
    {
        await using var log = new AdminEventLog(ClickHouseCluster.Of(Client), Clock(), Meters, Logger<AdminEventLog>());
        log.Record(activity, Initiator, target, meta);
        await log.FlushAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        // Before the node: it waits for idle connections.
        Client.Dispose();
        if (_node is not null)
        {
            await _node.DisposeAsync();
        }

        await _metrics.DisposeAsync();
        _logging.Dispose();
    }

    /// <summary>The time that a server here would believe: what is written down by a command is in one order with what servers wrote.</summary>
    private TrustedClock Clock()
    {
        var clock = new TrustedClock(TimeProvider.System, ClockWitness.OfKernel());
        clock.Start(new ClockFile(_settings.DataDirectory, Logger<ClockFile>()).Read(), newest: null);
        return clock;
    }

    [LoggerMessage(1511, LogLevel.Warning, "Which days are kept could not be read from the store, so it is as the settings say: {Reason}")]
    private static partial void LogWindow(ILogger logger, string reason);
}
