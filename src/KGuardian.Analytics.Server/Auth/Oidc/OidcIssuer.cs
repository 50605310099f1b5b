using System.Diagnostics.Metrics;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;

namespace KGuardian.Analytics.Server.Auth.Oidc;

/// <summary>
/// The issuer of users' tokens. Its keys are fetched when the first token comes, and again now and then, or when a token names one that is not known.
/// While it is away the last keys stay valid; the log says so once a minute.
/// </summary>
internal sealed partial class OidcIssuer : IConfigurationRetriever<OpenIdConnectConfiguration>, IDocumentRetriever, IDisposable
{
    /// <summary>Who comes with a token waits for it.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whoever sends a token with an unknown key makes this server ask, while others wait: not more often.</summary>
    private static readonly TimeSpan RefreshInterval = TimeSpan.FromSeconds(30);

    /// <summary>Without keys nobody gets in: it is tried again as soon as those who wait are not all to wait for it.</summary>
    private static readonly TimeSpan FirstInterval = TimeSpan.FromSeconds(1);

    private static readonly TimeSpan LogInterval = TimeSpan.FromMinutes(1);

    private readonly string _authority;
    private readonly TimeProvider _clock;
    private readonly ILogger<OidcIssuer> _logger;
    private readonly HttpClient _http;
    private readonly Counter<long> _failures;
    private volatile Failure? _failure;
    private long? _loggedAt;
    private volatile int _keys;

    /// <summary>Asks nobody yet.</summary>
    /// <exception cref="InvalidDataException">The file of authorities cannot be used; also <see cref="IOException"/>.</exception>
    public OidcIssuer(AuthOptions options, TimeProvider clock, IMeterFactory meters, ILogger<OidcIssuer> logger)
    {
        _authority = options.OidcAuthority!.AbsoluteUri.TrimEnd('/');
        _clock = clock;
        _logger = logger;
        var handler = DirectHttp.CreateHandler(Patience);
        if (options.OidcCaFile is { } file)
        {
            handler.SslOptions.CertificateChainPolicy = ClickHouseTls.TrustOnly(file);
        }

        // A document of keys has some KiB.
        _http = new HttpClient(handler) { Timeout = Patience, MaxResponseContentBufferSize = 1 << 20 };
        Keys = new ConfigurationManager<OpenIdConnectConfiguration>($"{_authority}/.well-known/openid-configuration", this, this)
        {
            AutomaticRefreshInterval = TimeSpan.FromHours(1),
            RefreshInterval = RefreshInterval,
            // A key that the issuer has no more is not its key.
            UseLastKnownGoodConfiguration = false,
        };
        var meter = meters.Create("KGuardian.Analytics.Auth");
        _failures = meter.CreateCounter<long>("kguardian_oidc_failures_total", description: "Attempts to fetch the OIDC issuer's keys that failed.");
        meter.CreateObservableGauge("kguardian_oidc_keys", () => _keys, description: "Keys of the OIDC issuer that are known; 0 until they could be fetched.");
    }

    /// <summary>The keys, and when they are fetched.</summary>
    public ConfigurationManager<OpenIdConnectConfiguration> Keys { get; }

    /// <summary>How many are known; 0 until they could be fetched.</summary>
    public int Count => _keys;

    /// <summary>Why they could not be fetched the last time; null when they could, or nobody has tried.</summary>
    public string? Problem => _failure?.Reason;

    /// <summary>Fetches what the issuer says of itself, and its keys.</summary>
    /// <exception cref="HttpRequestException">It cannot be reached, or answers something else; also others of the library's.</exception>
    public async Task<OpenIdConnectConfiguration> GetConfigurationAsync(string address, IDocumentRetriever retriever, CancellationToken cancel)
    {
        // The library's own limit is for attempts that succeed.
        if (_failure is { } last && _clock.GetElapsedTime(last.At) < (_keys > 0 ? RefreshInterval : FirstInterval))
        {
            throw new HttpRequestException(last.Reason);
        }

        try
        {
            var found = await OpenIdConnectConfigurationRetriever.GetAsync(address, retriever, cancel);
            if (found.SigningKeys.Count == 0 || string.IsNullOrEmpty(found.Issuer))
            {
                throw new InvalidDataException("its documents name no issuer, or no key");
            }

            if (_failure is not null || _keys != found.SigningKeys.Count)
            {
                LogKnown(_authority, found.SigningKeys.Count);
            }

            (_failure, _keys) = (null, found.SigningKeys.Count);
            return found;
        }
        catch (Exception e)
        {
            _failures.Add(1);
            var reason = e.GetBaseException().Message;
            _failure = new Failure(reason, _clock.GetTimestamp());
            // The library has one attempt at a time.
            if (_loggedAt is not { } at || _clock.GetElapsedTime(at) >= LogInterval)
            {
                _loggedAt = _clock.GetTimestamp();
                LogAway(_authority, reason, _keys);
            }

            throw;
        }
    }

    /// <summary>Fetches one document.</summary>
    /// <exception cref="HttpRequestException">It cannot be had, or would come unprotected.</exception>
    public async Task<string> GetDocumentAsync(string address, CancellationToken cancel)
    {
        var url = new Uri(address);
        return AuthOptions.IsProtected(url)
            ? await _http.GetStringAsync(url, cancel)
            : throw new HttpRequestException($"{address} is no https: anybody on the way could change it");
    }

    public void Dispose() => _http.Dispose();

    [LoggerMessage(1435, LogLevel.Information, "The OIDC issuer {Authority} has {Keys} keys")]
    private partial void LogKnown(string authority, int keys);

    [LoggerMessage(1436, LogLevel.Warning, "The keys of the OIDC issuer {Authority} cannot be fetched: {Reason}. {Keys} are known: with 0 its users get 503")]
    private partial void LogAway(string authority, string reason, int keys);

    private sealed record Failure(string Reason, long At);
}
