using System.Diagnostics;
using System.Globalization;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>
/// Ends a server and deletes its directory should this test process be killed: a shell waits for a line that never comes then, only the
/// end of its input. For a server that ended this is disposed, which sends that line, and more than once does nothing: left to the garbage collector it
/// would delete the directory, which another server may have by then.
/// </summary>
internal sealed class ServerWatch : IDisposable
{
    private const string Script =
        """read line || { kill -9 "$0"; for i in 1 2 3 4 5 6 7 8 9; do rm -rf -- "$1"; sleep 1; [ -e "$1" ] || break; done; } >/dev/null 2>&1""";

    private readonly Process _shell;
    private int _isEnded;

    public ServerWatch(int serverId, string directory) =>
        _shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, serverId.ToString(CultureInfo.InvariantCulture), directory])
        {
            RedirectStandardInput = true,
        })!;

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isEnded, 1) != 0)
        {
            return;
        }

        _shell.StandardInput.WriteLine("ended");
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }
}
