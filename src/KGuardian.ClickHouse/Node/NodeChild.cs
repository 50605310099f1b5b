using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Node;

/// <summary>One run of the child process: its pipes, its output, its end.</summary>
internal sealed class NodeChild : IDisposable
{
    private static readonly string Executable = OperatingSystem.IsWindows() ? "kguardian-analytics.exe" : "kguardian-analytics";

    private readonly Process _process;
    private readonly NodeOutput _output;
    private readonly Task _drained;

    private NodeChild(Process process, NodeOutput output, Task drained)
    {
        _process = process;
        _output = output;
        _drained = drained;
        Id = process.Id;
        Exited = process.WaitForExitAsync(CancellationToken.None);
    }

    public int Id { get; }

    /// <summary>Completes when the process is gone.</summary>
    public Task Exited { get; }

    public bool HasExited => Exited.IsCompleted;

    /// <summary>Starts the child. It ends when this process does, as its standard input is a pipe from here.</summary>
    /// <exception cref="LocalNodeException">There is no executable or no engine to start.</exception>
    public static NodeChild Start(NodeFiles files, ILogger logger)
    {
        var start = Command();
        start.ArgumentList.Add(NodeProcess.Verb);
        start.ArgumentList.Add($"--config-file={files.Config}");
        start.ArgumentList.Add($"--path={files.Store}");
        start.WorkingDirectory = files.Root;
        start.RedirectStandardInput = start.RedirectStandardOutput = start.RedirectStandardError = true;
        // clickhouse-local has no setting for it; times without a zone are UTC wherever the machine is.
        start.Environment["TZ"] = "UTC";
        // The child's .NET part only waits. Without diagnostics it leaves no socket behind in the temporary directory when it is killed.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        try
        {
            var process = Process.Start(start)!;
            var output = new NodeOutput(logger, TimeProvider.System);
            // Everything worth keeping is on standard error; the other is only read so that it cannot fill up.
            var drained = Task.WhenAll(
                output.DrainAsync(process.StandardError),
                new NodeOutput(logger, TimeProvider.System).DrainAsync(process.StandardOutput));
            return new NodeChild(process, output, drained);
        }
        catch (System.ComponentModel.Win32Exception e)
        {
            throw new LocalNodeException($"'{start.FileName}' cannot be started as the local ClickHouse node: {e.Message}", e);
        }
    }

    /// <summary>The last lines the child wrote; to be asked after its end.</summary>
    public async Task<string> LastLinesAsync()
    {
        // The pipes are at their end with the process: this is for reading what they still hold, on a busy machine too.
        await Task.WhenAny(_drained, Task.Delay(TimeSpan.FromSeconds(10)));
        return _output.LastLines();
    }

    /// <summary>How the process ended: 128 + n for signal n.</summary>
    public int ExitCode => _process.ExitCode;

    /// <summary>Tells the child that the end to come is wanted, for its exit code.</summary>
    /// <exception cref="IOException">It is gone.</exception>
    public async Task AnnounceEndAsync(CancellationToken cancellationToken)
    {
        await _process.StandardInput.WriteLineAsync("end".AsMemory(), cancellationToken);
        await _process.StandardInput.FlushAsync(cancellationToken);
    }

    /// <summary>Ends the process by force and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await Exited;
    }

    public void Dispose() => _process.Dispose();

    // This executable if it is the server's; else (tests, benchmarks) the server's beside it; else its assembly under "dotnet".
    private static ProcessStartInfo Command()
    {
        var own = Environment.ProcessPath;
        var isServer = Path.GetFileName(own) == Executable;
        var directory = isServer ? Path.GetDirectoryName(own)! : AppContext.BaseDirectory;
        var library = Path.Combine(directory, ChdbLibrary.FileName);
        if (!File.Exists(library))
        {
            throw new LocalNodeException(
                $"The ClickHouse engine is not there: no '{library}'. Set {SettingNames.Url} to use a ClickHouse server of yours, " +
                "or build on a platform the engine is published for (Linux with glibc, macOS) with npm installed.");
        }

        var isUnderDotnet = Path.GetFileNameWithoutExtension(own) == "dotnet";
        var server = Path.Combine(directory, Executable);
        if (File.Exists(server))
        {
            var start = new ProcessStartInfo(server);
            if (isUnderDotnet)
            {
                start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(own);
            }

            return start;
        }

        var assembly = Path.Combine(directory, "kguardian-analytics.dll");
        if (File.Exists(assembly))
        {
            return new ProcessStartInfo(isUnderDotnet ? own! : "dotnet") { ArgumentList = { assembly } };
        }

        throw new LocalNodeException($"There is neither '{server}' nor '{assembly}' to run the local ClickHouse node.");
    }
}
