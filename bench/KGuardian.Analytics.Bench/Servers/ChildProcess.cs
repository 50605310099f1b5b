using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Bench.Servers;

/// <summary>A server that the bench starts and ends; its output's last lines are kept for when it fails.</summary>
internal sealed partial class ChildProcess : IDisposable
{
    private const int KeptLines = 40;
    private const string ListeningOn = "Now listening on: ";
    private readonly Process _process;
    private readonly Queue<string> _output = new();
    private readonly int _stopSignal;
    private volatile Uri? _address;

    public ChildProcess(string program, IEnumerable<string> arguments, IEnumerable<KeyValuePair<string, string>> environment, int stopSignal = SigTerm)
    {
        _stopSignal = stopSignal;
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        _process = new() { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Keep(line.Data);
        _process.ErrorDataReceived += (_, line) => Keep(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public const int SigInt = 2;
    public const int SigTerm = 15;

    public int Id => _process.Id;

    /// <summary>Where it said that it listens; null before.</summary>
    public Uri? Address => _address;

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Runs a program to its end.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message holds its output.</exception>
    public static void RunToEnd(string program, params IEnumerable<string> arguments)
    {
        using var child = new ChildProcess(program, arguments, []);
        child._process.WaitForExit();
        if (child._process.ExitCode != 0)
        {
            throw new InvalidOperationException($"{program} ended with {child._process.ExitCode}.\n{child.Output}");
        }
    }

    /// <summary>Asks until the answer is yes.</summary>
    /// <exception cref="InvalidOperationException">The process ended, or was not ready in time.</exception>
    public void WaitUntilReady(Func<bool> isReady, TimeSpan patience)
    {
        var since = Stopwatch.StartNew();
        while (!isReady())
        {
            if (_process.HasExited || since.Elapsed > patience)
            {
                throw new InvalidOperationException($"{_process.StartInfo.FileName} {(_process.HasExited ? "ended" : "is not ready")}.\n{Output}");
            }

            Thread.Sleep(50);
        }
    }

    /// <summary>Ends it gracefully, by force when that takes more than half a minute.</summary>
    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _ = Kill(_process.Id, _stopSignal);
            if (!_process.WaitForExit(TimeSpan.FromSeconds(30)))
            {
                Console.Error.WriteLine($"{_process.StartInfo.FileName} did not end when asked; killed.\n{Output}");
                _process.Kill(entireProcessTree: true);
                _process.WaitForExit();
            }
        }

        _process.Dispose();
    }

    private string Output
    {
        get
        {
            lock (_output)
            {
                return string.Join('\n', _output);
            }
        }
    }

    private void Keep(string? line)
    {
        if (line is not null && line.IndexOf(ListeningOn, StringComparison.Ordinal) is >= 0 and var at
            && Uri.TryCreate(line[(at + ListeningOn.Length)..].Trim(), UriKind.Absolute, out var address))
        {
            _address = address;
        }

        lock (_output)
        {
            if (line is not null)
            {
                _output.Enqueue(line);
            }

            if (_output.Count > KeptLines)
            {
                _output.Dequeue();
            }
        }
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int process, int signal);
}
