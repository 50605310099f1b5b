using System.Net.Http.Headers;
using System.Text;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Endpoints;

/// <summary>One address of a ClickHouse as a client knows it: who asks there, and whether it is worth a try now.</summary>
internal sealed class EndpointState
{
    private const long FirstBackoff = 1_000;
    private const long LongestBackoff = 30_000;

    private readonly FileBacked<AuthenticationHeaderValue> _authorization;
    private long _backoff;
    private long _awayUntil;

    public EndpointState(ClickHouseEndpoint endpoint, ILogger logger)
    {
        Endpoint = endpoint;
        string?[] files = [endpoint.UserFile, endpoint.PasswordFile];
        _authorization = new FileBacked<AuthenticationHeaderValue>(files.OfType<string>(), texts => Header(endpoint, texts), logger);
    }

    public ClickHouseEndpoint Endpoint { get; }

    /// <summary>The header that says who asks, with the password as it is now.</summary>
    public AuthenticationHeaderValue Authorization => _authorization.Value;

    /// <summary>Whether it failed when it was last tried.</summary>
    public bool HasFailed => Volatile.Read(ref _backoff) > 0;

    /// <summary>Whether it failed and its back-off is not over.</summary>
    public bool IsAway => Environment.TickCount64 < Volatile.Read(ref _awayUntil);

    /// <summary>It failed: not to be tried for a while, longer each time.</summary>
    public void BackOff()
    {
        // Statements that fail at once are one failure.
        if (!IsAway)
        {
            Volatile.Write(ref _backoff, Math.Clamp(2 * _backoff, FirstBackoff, LongestBackoff));
            Volatile.Write(ref _awayUntil, Environment.TickCount64 + _backoff);
        }
    }

    /// <summary>It answers.</summary>
    public void Restore()
    {
        Volatile.Write(ref _backoff, 0);
        Volatile.Write(ref _awayUntil, 0);
    }

    private static AuthenticationHeaderValue Header(ClickHouseEndpoint endpoint, string[] texts)
    {
        var user = endpoint.UserFile is null ? endpoint.User : texts[0];
        var password = endpoint.PasswordFile is null ? endpoint.Password : texts[^1];
        return new AuthenticationHeaderValue("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));
    }
}
