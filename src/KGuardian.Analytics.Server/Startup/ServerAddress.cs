using System.Net;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Startup;

/// <summary>Where the server of a data directory listens, in a file there, so that commands on this machine find it; gone with the server.</summary>
internal sealed class ServerAddress : IDisposable
{
    private readonly string _file;

    private ServerAddress(string file) => _file = file;

    /// <summary>Says where this server listens.</summary>
    public static ServerAddress Write(string dataDirectory, IEnumerable<string> urls)
    {
        var address = new ServerAddress(FileIn(dataDirectory));
        File.WriteAllText(address._file, urls.First());
        return address;
    }

    /// <summary>The address of the server that uses a data directory; null when none does. A killed one leaves its file, but not its lock.</summary>
    public static Uri? Find(string dataDirectory)
    {
        var file = FileIn(dataDirectory);
        if (!File.Exists(file) || !DataDirectoryLock.IsHeld(dataDirectory) || !Uri.TryCreate(File.ReadAllText(file), UriKind.Absolute, out var url))
        {
            return null;
        }

        return IPAddress.TryParse(url.Host.Trim('[', ']'), out var host) ? Reach(new IPEndPoint(host, url.Port)) : url;
    }

    /// <summary>
    /// Where to ask who listens on an address. Of all addresses of this machine it is IPv4's loopback, for <c>[::]</c> as well, which answers both: ::1 is
    /// not there where IPv6 is switched off, as container runtimes do it.
    /// </summary>
    public static Uri Reach(IPEndPoint listen) => new($"http://{(listen.Address.Equals(IPAddress.Any) || listen.Address.Equals(IPAddress.IPv6Any)
        ? new IPEndPoint(IPAddress.Loopback, listen.Port) : listen)}");

    public void Dispose() => File.Delete(_file);

    private static string FileIn(string dataDirectory) => Path.Combine(dataDirectory, "kguardian.address");
}
