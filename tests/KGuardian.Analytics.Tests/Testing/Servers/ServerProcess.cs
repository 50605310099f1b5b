using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>The real server as a child process on a free loopback port, to talk to, to end and to kill.</summary>
public sealed class ServerProcess : IAsyncDisposable
{
    private const string ListeningOn = "Now listening on: ";

    private readonly Process _process;
    private readonly ServerWatch _watch;
    private readonly Task _drained;
    private readonly ConcurrentQueue<string> _lines = new();
    private readonly TaskCompletionSource<Uri> _address = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int? _nodeId;

    private ServerProcess(string dataDirectory, (string Name, string Value)[] settings)
    {
        (string, string)[] environment =
        [
            ("LISTEN_ADDR", "127.0.0.1:0"), ("KGUARDIAN_DATA_DIR", dataDirectory), ("KGUARDIAN_NODE__MEMORYSHARE", "0.15"),
            // Says which port the system chose.
            ("Logging__LogLevel__Microsoft.Hosting.Lifetime", "Information"), .. settings,
        ];
        _process = Process.Start(ServerProgram.Command([], environment))!;
        _watch = new ServerWatch(_process.Id, dataDirectory);
        _drained = Task.WhenAll(DrainAsync(_process.StandardOutput), DrainAsync(_process.StandardError));
    }

    public int Id => _process.Id;

    /// <summary>Where it listens; known once <see cref="ListeningAsync"/> is over.</summary>
    public ApiClient Api { get; private set; } = null!;

    /// <summary>What it logged and wrote so far.</summary>
    public string Log => string.Join('\n', _lines);

    /// <summary>Starts a server and waits until it is healthy.</summary>
    public static async Task<ServerProcess> StartAsync(string dataDirectory, params (string Name, string Value)[] settings)
    {
        var server = Launch(dataDirectory, settings);
        try
        {
            await server.ListeningAsync();
            await server.HealthyAsync();
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Starts a server without waiting for anything.</summary>
    public static ServerProcess Launch(string dataDirectory, params (string Name, string Value)[] settings) => new(dataDirectory, settings);

    /// <summary>Waits until it takes connections.</summary>
    public async Task ListeningAsync()
    {
        if (await Task.WhenAny(_address.Task, _process.WaitForExitAsync()).WaitAsync(Patience.Limit) != _address.Task)
        {
            throw new InvalidOperationException($"The server ended:\n{Log}");
        }

        Api = new ApiClient(await _address.Task);
    }

    /// <summary>Waits for <c>/health</c> to be 200.</summary>
    public async Task HealthyAsync()
    {
        await Patience.UntilAsync("the server is healthy", async () =>
        {
            if (_process.HasExited)
            {
                throw new InvalidOperationException($"The server ended:\n{Log}");
            }

            using var health = await Api.GetAsync("/health");
            return health.StatusCode == HttpStatusCode.OK;
        });
        _nodeId = FindNode();
    }

    /// <summary>Process id of the local node; null when it has none at the moment.</summary>
    public int? FindNode()
    {
        for (var attempt = 1; !_process.HasExited; attempt++)
        {
            try
            {
                return Directory.EnumerateDirectories($"/proc/{Id}/task")
                    .SelectMany(task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
                    .Select(id => (int?)int.Parse(id, CultureInfo.InvariantCulture))
                    .FirstOrDefault(id => Signals.IsAlive(id!.Value));
            }
            catch (IOException) when (attempt < 100)
            {
                // A thread ended meanwhile; its children are another one's now.
                continue;
            }
        }

        return null;
    }

    /// <summary>Bytes of memory that it holds.</summary>
    public long ResidentBytes()
    {
        _process.Refresh();
        return _process.WorkingSet64;
    }

    /// <summary>Waits for its end and returns the exit code.</summary>
    public async Task<int> ExitedAsync()
    {
        await _process.WaitForExitAsync().WaitAsync(Patience.Limit);
        _watch.Dispose();
        await _drained.WaitAsync(Patience.Limit);
        return _process.ExitCode;
    }

    /// <summary>Asks it to end, as Kubernetes does, and returns the exit code.</summary>
    public Task<int> StopAsync()
    {
        Signals.SendTerminate(Id);
        return ExitedAsync();
    }

    /// <summary>Kills it and waits until nothing of it is left.</summary>
    public async Task KillAsync()
    {
        var node = FindNode() ?? _nodeId;
        _process.Kill();
        await _process.WaitForExitAsync().WaitAsync(Patience.Limit);
        // Another server may get the directory, and another process the id.
        _watch.Dispose();
        await Patience.UntilAsync("the node of a killed server ends", () => node is null || !Signals.IsAlive(node.Value));
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        Api?.Dispose();
        _process.Dispose();
    }

    private async Task DrainAsync(StreamReader from)
    {
        while (await from.ReadLineAsync() is { } line)
        {
            _lines.Enqueue(line);
            if (line.IndexOf(ListeningOn, StringComparison.Ordinal) is >= 0 and var at)
            {
                _address.TrySetResult(new Uri(line[(at + ListeningOn.Length)..].Trim().Replace("[::]", "127.0.0.1", StringComparison.Ordinal)));
            }
        }
    }
}
