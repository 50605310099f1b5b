using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Node;

/// <summary>
/// A ClickHouse server of one's own: a child process that listens on the loopback interface, is started again when it dies, and never
/// outlives this process. Owns the data directory while it runs.
/// </summary>
internal sealed class LocalNode(LocalNodeOptions options, ILogger<LocalNode> logger) : IAsyncDisposable
{
    /// <summary>Storage policy of the node: its volume <c>default</c> and, with <see cref="LocalNodeOptions.Cold"/>, a second one <c>cold</c>.</summary>
    public const string TieredPolicy = "kguardian_tiered";

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(10);

    // Up for so long, a death is a new incident and no continued one.
    private static readonly TimeSpan StableUptime = TimeSpan.FromMinutes(1);

    // A predecessor killed with its server needs a moment to give back gigabytes; a living one never does.
    private static readonly TimeSpan PredecessorPatience = TimeSpan.FromSeconds(10);

    // A free port can be taken by someone else before the child binds it.
    private const int PortAttempts = 5;

    // Below those that Linux gives to whoever asks for any (net.ipv4.ip_local_port_range, from 32768): nobody else gets them while a node is away.
    private const int FirstPort = 10_000;
    private const int LastPort = 14_999;
    private const int PortDraws = 100;

    private readonly NodeFiles _files = new(options);
    private readonly CancellationTokenSource _stopping = new();
    private readonly string _adminPassword = NodeFiles.NewPassword();
    private DataDirectoryLock? _lock;
    private NodeControl? _control;
    private NodeChild? _child;
    private ClickHouseEndpoint? _endpoint;
    private ClickHouseEndpoint? _readOnlyEndpoint;
    private ClickHouseEndpoint? _grafanaEndpoint;
    private Task _supervision = Task.CompletedTask;
    private long _restarts;
    private volatile bool _isReady;
    private bool _used;

    /// <summary>Raised when <see cref="IsReady"/> has changed, on a thread of the pool; handlers return at once and do not throw.</summary>
    public event EventHandler? ReadyChanged;

    /// <summary>The HTTP interface, as the administrative user. The same over restarts of the child.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public ClickHouseEndpoint Endpoint => _endpoint ?? throw NotStarted();

    /// <summary>The HTTP interface, as the user for SQL by hand: may only read <see cref="LocalNodeOptions.ReadOnlyDatabase"/>.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public ClickHouseEndpoint ReadOnlyEndpoint => _readOnlyEndpoint ?? throw NotStarted();

    /// <summary>The HTTP interface, as the user for dashboards: may only read <see cref="LocalNodeOptions.GrafanaViews"/>.</summary>
    /// <exception cref="InvalidOperationException">Not started.</exception>
    public ClickHouseEndpoint GrafanaEndpoint => _grafanaEndpoint ?? throw NotStarted();

    /// <summary>Loopback port of the native protocol; 0 before the start.</summary>
    public int TcpPort { get; private set; }

    /// <summary>Whether the child runs and has answered since it was started.</summary>
    public bool IsReady => _isReady;

    /// <summary>How often the child died by itself and was started again.</summary>
    public long Restarts => Interlocked.Read(ref _restarts);

    /// <summary>The child's process id; null while there is none.</summary>
    public int? ProcessId => _child is { HasExited: false } child ? child.Id : null;

    /// <summary>Directories of the node that others may read, too, and that could not be made private: known once it was started.</summary>
    public IReadOnlyList<string> ReadableByOthers { get; private set; } = [];

    /// <summary>Whether the data directory's group may write to it, and so to all that is in it.</summary>
    public bool IsShared => PrivateFiles.IsShared(_files.DataDirectory);

    /// <summary>Bytes that the node may use, and the memory that they are a share of.</summary>
    internal (long Share, MachineMemory Machine) Memory { get; } = ShareOf(MachineMemory.Read(), options.MemoryShare);

    /// <summary>Where BACKUP may write to.</summary>
    public string BackupDirectory => _files.Backups;

    /// <summary>Takes the data directory and starts the child; returns when it answers.</summary>
    /// <exception cref="LocalNodeException">It cannot be started; the message says why and what to change.</exception>
    /// <exception cref="InvalidOperationException">Started before.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_used)
        {
            throw new InvalidOperationException("A LocalNode starts once; make another one.");
        }

        options.Validate();
        _used = true;
        try
        {
            ReadableByOthers = _files.CreateDirectories();
            if (ReadableByOthers.Count > 0)
            {
                LocalNodeLog.LeftReadable(logger, string.Join(", ", ReadableByOthers));
            }

            if (IsShared)
            {
                LocalNodeLog.Shared(logger, _files.DataDirectory);
            }

            _lock = DataDirectoryLock.Acquire(_files.DataDirectory);
            new NodeStorage(_files, options.Cold).Settle();
            await StartFirstAsync(cancellationToken);
        }
        catch
        {
            await DisposeAsync();
            throw;
        }

        SetReady(true);
        _supervision = Task.Run(SuperviseAsync, CancellationToken.None);
    }

    /// <summary>
    /// Ends the child: by ending its statement, or by force once <see cref="LocalNodeOptions.StopTimeout"/> or the token is over.
    /// </summary>
    /// <remarks>Half a second; but 5 s longer while anyone keeps an idle connection to it open, so dispose clients first.</remarks>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await _stopping.CancelAsync();
        await _supervision;
        SetReady(false);
        if (_child is { } child)
        {
            if (!child.HasExited)
            {
                await _control!.EndAsync(child, options.StopTimeout, logger, cancellationToken);
            }

            child.Dispose();
            _child = null;
        }

        _control?.Dispose();
        _lock?.Dispose();
        _lock = null;
    }

    /// <summary>Stops the node if it runs.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync(CancellationToken.None);
    }

    private async Task StartFirstAsync(CancellationToken cancellationToken)
    {
        LocalNodeLog.Memory(logger, Memory.Share >> 20, Memory.Machine.Bytes >> 20, Memory.Machine.Source);
        var readOnlyPassword = NodeFiles.KeepPassword(_files.ReadOnlyPassword, options.ReadOnlyPassword);
        var grafanaPassword = NodeFiles.KeepPassword(_files.GrafanaPassword, options.GrafanaPassword);
        NodeFiles.Write(_files.Users, NodeUsers.Create(options, Memory.Share, _adminPassword, readOnlyPassword, grafanaPassword));
        var started = Stopwatch.GetTimestamp();
        for (var attempt = 1; ;)
        {
            var httpPort = options.HttpPort > 0 ? options.HttpPort : FreePort();
            TcpPort = options.TcpPort > 0 ? options.TcpPort : FreePort();
            var url = new Uri($"http://127.0.0.1:{httpPort}");
            _endpoint = new ClickHouseEndpoint(url, NodeUsers.Admin, _adminPassword);
            _readOnlyEndpoint = new ClickHouseEndpoint(url, NodeUsers.ReadOnly, readOnlyPassword);
            _grafanaEndpoint = new ClickHouseEndpoint(url, NodeUsers.Grafana, grafanaPassword);
            NodeFiles.Write(_files.Config, NodeConfig.Create(options, Memory.Share, _files, httpPort, TcpPort));
            _control?.Dispose();
            _control = new NodeControl(_endpoint);
            try
            {
                await LaunchAsync(cancellationToken);
                return;
            }
            catch (LocalNodeException e) when (IsPredecessorAlive(e) && Stopwatch.GetElapsedTime(started) < PredecessorPatience)
            {
                LocalNodeLog.WaitingForPredecessor(logger, e.Message);
                await Task.Delay(FirstDelay, cancellationToken);
            }
            catch (LocalNodeException e) when (IsPortTaken(e) && options is { HttpPort: 0 } or { TcpPort: 0 } && attempt++ < PortAttempts)
            {
                // With a port of ours it works, or the configured one of the two is the taken one and the last attempt says so.
            }
        }
    }

    private async Task LaunchAsync(CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        var child = NodeChild.Start(_files, logger);
        try
        {
            await _control!.WaitUntilReadyAsync(child, options.StartTimeout, cancellationToken);
        }
        catch
        {
            await child.KillAsync();
            child.Dispose();
            throw;
        }

        _child = child;
        LocalNodeLog.Started(logger, child.Id, Endpoint.Url, Stopwatch.GetElapsedTime(started), _files.Root);
    }

    private async Task SuperviseAsync()
    {
        var delay = FirstDelay;
        try
        {
            while (true)
            {
                var child = _child!;
                var since = Stopwatch.GetTimestamp();
                await child.Exited.WaitAsync(_stopping.Token);
                SetReady(false);
                var uptime = Stopwatch.GetElapsedTime(since);
                LocalNodeLog.Died(logger, child.Id, child.ExitCode, uptime, await child.LastLinesAsync());
                if (uptime >= StableUptime)
                {
                    delay = FirstDelay;
                }

                delay = await RestartAsync(delay);
                child.Dispose();
                Interlocked.Increment(ref _restarts);
                SetReady(true);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // StopAsync deals with the child, if there is one.
        }
    }

    // Tries until the child answers; returns the delay before the next restart.
    private async Task<TimeSpan> RestartAsync(TimeSpan delay)
    {
        while (true)
        {
            await Task.Delay(delay, _stopping.Token);
            delay = TimeSpan.FromTicks(Math.Min(delay.Ticks * 2, LongestDelay.Ticks));
            try
            {
                await LaunchAsync(_stopping.Token);
                return delay;
            }
            catch (Exception e) when (e is not OperationCanceledException)
            {
                LocalNodeLog.RestartFailed(logger, e, delay);
            }
        }
    }

    private void SetReady(bool ready)
    {
        if (_isReady == ready)
        {
            return;
        }

        _isReady = ready;
        ReadyChanged?.Invoke(this, EventArgs.Empty);
    }

    private static (long Share, MachineMemory Machine) ShareOf(MachineMemory machine, double share) => ((long)(machine.Bytes * share), machine);

    private static bool IsPredecessorAlive(LocalNodeException e) => e.Message.Contains("Cannot lock file", StringComparison.Ordinal);

    private static bool IsPortTaken(LocalNodeException e) => e.Message.Contains("Address already in use", StringComparison.Ordinal);

    private static int FreePort()
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, Random.Shared.Next(FirstPort, LastPort + 1));
                listener.Start();
                return ((IPEndPoint)listener.LocalEndpoint).Port;
            }
            catch (SocketException) when (attempt < PortDraws)
            {
                continue;
            }
        }
    }

    private static InvalidOperationException NotStarted() => new("The local node has not been started.");
}
