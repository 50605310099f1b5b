using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>POSIX signals to a process by its id, and whether it is still there.</summary>
internal static class Signals
{
    private const int Kill = 9;
    private const int Terminate = 15;
    private const int Continue = 18;
    private const int Stop = 19;

    public static void SendKill(int processId) => Send(processId, Kill);

    public static void SendTerminate(int processId) => Send(processId, Terminate);

    /// <summary>Freezes a process: it keeps its sockets and answers nothing.</summary>
    public static void Freeze(int processId) => Send(processId, Stop);

    public static void Thaw(int processId) => Send(processId, Continue);

    /// <summary>False also for a process that has ended and that nobody waited for.</summary>
    public static bool IsAlive(int processId)
    {
        try
        {
            var stat = File.ReadAllText($"/proc/{processId}/stat");
            return stat[(stat.LastIndexOf(')') + 2)..][0] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }

    private static void Send(int processId, int signal) =>
        Assert.True(SendSignal(processId, signal) == 0 || !IsAlive(processId), $"signal {signal} could not be sent to {processId}");

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int SendSignal(int processId, int signal);
}
