using System.Runtime.InteropServices;

namespace KGuardian.ClickHouse.Node;

/// <summary>
/// What the child process of <see cref="LocalNode"/> runs: clickhouse-local, made a server by statements that open its ports and by one that
/// never ends. It lives exactly as long as its parent wants: it ends when that statement is killed, when its standard input reaches its
/// end, which also a parent that was killed brings about, and at no signal that can be ignored.
/// </summary>
internal static class NodeProcess
{
    /// <summary>The hidden first argument that makes the server's executable a node.</summary>
    public const string Verb = "clickhouse-node";

    /// <summary>The engine ended after the parent had announced it.</summary>
    public const int Ended = 0;

    /// <summary>The engine ended by itself: a bad configuration, a port in use, a damaged store. Standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>The engine's library could not be loaded.</summary>
    public const int LibraryMissing = 2;

    // TCP before HTTP: who gets an answer over HTTP knows that both ports are open.
    // The last one notices its KILL QUERY between two rows.
    private const string Statements =
        "SYSTEM START LISTEN TCP; SYSTEM START LISTEN HTTP; " +
        "SELECT sleepEachRow(0.25) FROM system.numbers SETTINGS max_block_size = 1 FORMAT Null";

    // The engine returns the same for every end, so the parent announces the one it wants by a line on standard input.
    private static volatile bool _endAnnounced;

    private static readonly PosixSignal[] IgnoredSignals =
        [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT];

    /// <summary>Runs the engine on this thread until it ends.</summary>
    /// <param name="args">Options of clickhouse-local: <c>--config-file=</c>, <c>--path=</c>.</param>
    /// <returns>The exit code: <see cref="Ended"/>, <see cref="Failed"/> or <see cref="LibraryMissing"/>.</returns>
    public static int Run(string[] args)
    {
        // Ctrl-C reaches the whole process group, but the server still has batches to write when it hears it.
        var registrations = Array.ConvertAll(
            IgnoredSignals, signal => PosixSignalRegistration.Create(signal, context => context.Cancel = true));
        new Thread(EndWithParent) { IsBackground = true, Name = "parent watch" }.Start();
        try
        {
            ChdbLibrary.Load();
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            Console.Error.WriteLine(
                $"The ClickHouse engine cannot be loaded; set {SettingNames.Url} to use a server of yours. {e.Message}");
            return LibraryMissing;
        }

        ChdbLibrary.SetSignalHandlersEnabled(0);
        string[] line = ["clickhouse", .. args, $"--query={Statements}"];
        var result = ChdbLibrary.QueryCommandLine(line.Length, line);
        GC.KeepAlive(registrations);
        // Only a command line that cannot be used has an error here; the engine writes those of its statements to standard error itself.
        if (result != 0 && Marshal.PtrToStringUTF8(ChdbLibrary.ResultError(result)) is { } error)
        {
            Console.Error.WriteLine(error);
        }

        return _endAnnounced ? Ended : Failed;
    }

    // A pipe and not PR_SET_PDEATHSIG, which is about the parent's thread and not its process. The process is killed rather than
    // exited: the engine may be loading or writing on other threads, and everything acknowledged survives this.
    private static void EndWithParent()
    {
        using var input = Console.OpenStandardInput();
        Span<byte> ignored = stackalloc byte[64];
        try
        {
            while (input.Read(ignored) > 0)
            {
                _endAnnounced = true;
            }
        }
        catch (IOException e)
        {
            Console.Error.WriteLine($"The pipe from the parent failed, which means the same as its end: {e.Message}");
        }

        using var self = System.Diagnostics.Process.GetCurrentProcess();
        self.Kill();
    }
}
