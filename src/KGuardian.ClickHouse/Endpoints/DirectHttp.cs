namespace KGuardian.ClickHouse.Endpoints;

/// <summary>
/// The one way to connect to ClickHouse, to the local node and to a server of this program's: straight, at the address that was given. What
/// <c>HTTP_PROXY</c> and its like name is for the way out of a network, and often knows neither loopback nor a cluster's own names.
/// </summary>
internal static class DirectHttp
{
    /// <summary>A handler without proxy, cookies and redirects, which would take a password elsewhere.</summary>
    /// <param name="connectTimeout">Longest wait for a connection.</param>
    public static SocketsHttpHandler CreateHandler(TimeSpan connectTimeout) => new()
    {
        ConnectTimeout = connectTimeout,
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
    };
}
