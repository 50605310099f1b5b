using System.Net;
using KGuardian.Analytics.Server.Settings;

namespace KGuardian.Analytics.Server;

/// <summary>
/// The verb <c>healthcheck</c>: asks the server on this machine for <c>/health</c>. Container runtimes run it in an image that has neither a
/// shell nor curl.
/// </summary>
internal static class HealthCheck
{
    /// <summary>The first argument that asks for it.</summary>
    public const string Verb = "healthcheck";

    private const string UrlArgument = "--url=";

    /// <summary>The server itself answers within 3 s; the rest is for a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    /// <summary>Writes what the server says of itself.</summary>
    /// <param name="args"><c>--url=http://host:port</c>; without it the server that listens on <c>LISTEN_ADDR</c> is asked.</param>
    /// <returns>0 when it is healthy, 1 when it is not, or does not answer, 2 when an argument or setting cannot be used.</returns>
    public static async Task<int> RunAsync(string[] args)
    {
        try
        {
            return await AskAsync(new Uri(Server(args), "/health"));
        }
        catch (SettingsException e)
        {
            Console.Error.WriteLine($"kguardian-analytics: {e.Message}");
            return 2;
        }
    }

    private static async Task<int> AskAsync(Uri address)
    {
        using var client = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { Timeout = Limit };
        try
        {
            using var answer = await client.GetAsync(address);
            Console.Out.WriteLine(await answer.Content.ReadAsStringAsync());
            return answer.StatusCode == HttpStatusCode.OK ? 0 : 1;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            Console.Out.WriteLine($"{address}: {(e is HttpRequestException ? e.Message : $"no answer within {Limit.TotalSeconds} s")}");
            return 1;
        }
    }

    private static Uri Server(string[] args) => args switch
    {
        [] => Listening(SettingsReader.Read(Configuration.Read([])).ListenAddress),
        [var url] when url.StartsWith(UrlArgument, StringComparison.Ordinal) && Uri.TryCreate(url[UrlArgument.Length..], UriKind.Absolute, out var address)
            && (address.Scheme == Uri.UriSchemeHttp || address.Scheme == Uri.UriSchemeHttps) => address,
        _ => throw new SettingsException(Verb, string.Join(' ', args), "it takes --url=http://host:port, or nothing for the server on LISTEN_ADDR"),
    };

    /// <summary>Every address is no address to connect to.</summary>
    private static Uri Listening(IPEndPoint listen) => new($"http://{new IPEndPoint(
        listen.Address.Equals(IPAddress.Any) ? IPAddress.Loopback : listen.Address.Equals(IPAddress.IPv6Any) ? IPAddress.IPv6Loopback : listen.Address,
        listen.Port)}");
}
