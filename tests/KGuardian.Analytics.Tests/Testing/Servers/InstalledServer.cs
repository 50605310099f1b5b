using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>A server that something else than a test started: a script, an installed program.</summary>
internal sealed class InstalledServer : IAsyncDisposable
{
    private const string ListeningOn = "Now listening on: ";

    private readonly ConcurrentQueue<string> _lines = new();
    private readonly Process _process;

    private InstalledServer(ProcessStartInfo start)
    {
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.ErrorDataReceived += (_, line) => _lines.Enqueue(line.Data ?? "");
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    /// <summary>Where it listens.</summary>
    public ApiClient Api { get; private set; } = null!;

    public int Id => _process.Id;

    public string Log => string.Join('\n', _lines);

    /// <summary>Starts it and waits until it is healthy. Scripts end as the server that they started.</summary>
    public static async Task<InstalledServer> StartAsync((string Name, string Value)[] settings, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = "/" };
        foreach (var name in start.Environment.Keys.Where(name => name.StartsWith("KGUARDIAN", StringComparison.Ordinal)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["LISTEN_ADDR"] = "127.0.0.1:0";
        // Says which port the system chose.
        start.Environment["Logging__LogLevel__Microsoft.Hosting.Lifetime"] = "Information";
        start.Environment["KGUARDIAN_NODE__MEMORYSHARE"] = "0.1";
        foreach (var (name, value) in settings)
        {
            start.Environment[name] = value;
        }

        var server = new InstalledServer(start);
        try
        {
            await Patience.UntilAsync("the installed server listens", () =>
            {
                Assert.False(server._process.HasExited, $"It ended:\n{server.Log}");
                return server.FindAddress() is not null;
            });
            server.Api = new ApiClient(server.FindAddress()!);
            await Patience.UntilAsync("the installed server is healthy", async () =>
            {
                Assert.False(server._process.HasExited, $"It ended:\n{server.Log}");
                using var health = await server.Api.GetAsync("/health");
                return health.StatusCode == HttpStatusCode.OK;
            });
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks it to end, as systemd and container runtimes do, and returns the exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signals.SendTerminate(_process.Id);
        await _process.WaitForExitAsync().WaitAsync(Patience.Limit);
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync().WaitAsync(Patience.Limit);
        _process.Dispose();
        Api?.Dispose();
    }

    private Uri? FindAddress() =>
        _lines.FirstOrDefault(line => line.Contains(ListeningOn, StringComparison.Ordinal)) is { } line
            ? new Uri(line[(line.IndexOf(ListeningOn, StringComparison.Ordinal) + ListeningOn.Length)..].Trim())
            : null;
}
