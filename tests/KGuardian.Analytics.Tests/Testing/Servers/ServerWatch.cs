using System.Diagnostics;
using System.Globalization;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>
/// Ends a server and deletes its directory should this test process be killed: a shell waits for a line that never comes then, only the
/// end of its input. A server that ends in order sends that line.
/// </summary>
internal sealed class ServerWatch : IDisposable
{
    private const string Script =
        """read line || { kill -9 "$0"; for i in 1 2 3 4 5 6 7 8 9; do rm -rf -- "$1"; sleep 1; [ -e "$1" ] || break; done; } >/dev/null 2>&1""";

    private readonly Process _shell;

    public ServerWatch(int serverId, string directory) =>
        _shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", Script, serverId.ToString(CultureInfo.InvariantCulture), directory])
        {
            RedirectStandardInput = true,
        })!;

    public void Dispose()
    {
        _shell.StandardInput.WriteLine("ended");
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }
}
