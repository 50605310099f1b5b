using System.Diagnostics.Metrics;
using System.Security.Claims;
using System.Security.Cryptography;
using System.Text;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>
/// The tokens that are taken, and their roles. Files are looked at again once a second, when a request comes: their content, because a mounted
/// secret changes behind a link. A file that cannot be used any more leaves its last tokens valid, and is logged.
/// </summary>
internal sealed partial class ApiTokens
{
    private static readonly TimeSpan LookInterval = TimeSpan.FromSeconds(1);

    private readonly Lock _gate = new();
    private readonly string? _single;
    private readonly bool _isBesideOthers;
    private readonly TokenFile[] _files;
    private readonly string[][] _tokens;
    private readonly string?[] _problems;
    private readonly TimeProvider _clock;
    private readonly ILogger<ApiTokens> _logger;
    private volatile Entry[] _entries = [];
    private long _lookedAt;

    /// <summary>Reads the files.</summary>
    /// <param name="single">A token with every role; null for none.</param>
    /// <param name="files">Files of tokens.</param>
    /// <param name="isBesideOthers">Whether others than those with tokens are let in, too: then no token does not mean everybody.</param>
    /// <param name="clock">When to look at them again.</param>
    /// <param name="meters">Whose metrics they are part of.</param>
    /// <param name="logger">Log.</param>
    /// <exception cref="SettingsException">One cannot be used.</exception>
    public ApiTokens(string? single, IEnumerable<TokenFile> files, bool isBesideOthers, TimeProvider clock, IMeterFactory meters, ILogger<ApiTokens> logger)
    {
        _single = single;
        _files = [.. files];
        _isBesideOthers = isBesideOthers;
        _tokens = [.. _files.Select(file => file.Read())];
        _problems = new string?[_files.Length];
        _clock = clock;
        _logger = logger;
        _lookedAt = clock.GetTimestamp();
        _entries = Entries();
        meters.Create("KGuardian.Analytics.Auth").CreateObservableGauge(
            "kguardian_token_files_unusable", () => Problems.Count, description: "Files of tokens that cannot be used any more; their last tokens stay valid.");
        if (IsOpen)
        {
            LogOpen();
        }
        else if (!isBesideOthers
            && (TokenRole.All & ~_entries.Aggregate(TokenRole.None, (roles, entry) => roles | entry.Roles)) is not TokenRole.None and var missing)
        {
            LogNobody(Principal.RoleText(missing));
        }
    }

    /// <summary>Whether nobody is asked who it is: everybody may do everything.</summary>
    public bool IsOpen => IsEmpty && !_isBesideOthers;

    /// <summary>Whether no token is configured.</summary>
    public bool IsEmpty => _single is null && _files.Length == 0;

    /// <summary>What is wrong with files whose last tokens stay valid; empty when all can be used.</summary>
    public IReadOnlyList<string> Problems
    {
        get
        {
            LookAgain();
            return [.. _problems.OfType<string>()];
        }
    }

    /// <summary>The tokens that are taken now, by what they are called; never themselves.</summary>
    public IReadOnlyList<KnownToken> All
    {
        get
        {
            LookAgain();
            return [.. _entries.Select(entry => entry.Known).OrderBy(token => token.Name, StringComparer.Ordinal)];
        }
    }

    /// <summary>Whose token this is; null when it is nobody's. Takes the same time whatever was sent.</summary>
    public ClaimsPrincipal? Find(string token)
    {
        LookAgain();
        // Hashes have one length: that of the token does not show either.
        var given = Hash(token);
        ClaimsPrincipal? found = null;
        foreach (var entry in _entries)
        {
            if (CryptographicOperations.FixedTimeEquals(entry.Hash, given))
            {
                found = entry.User;
                entry.Usage.Last = _clock.GetUtcNow();
            }
        }

        return found;
    }

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    private Entry[] Entries()
    {
        var roles = new Dictionary<string, TokenRole>();
        var settings = new Dictionary<string, string[]>();
        if (_single is not null)
        {
            roles[_single] = TokenRole.All;
            settings[_single] = ["BROKER_AUTH_TOKEN"];
        }

        for (var i = 0; i < _files.Length; i++)
        {
            foreach (var token in _tokens[i])
            {
                roles[token] = roles.GetValueOrDefault(token) | _files[i].Role;
                settings[token] = [.. settings.GetValueOrDefault(token, []).Append(_files[i].Setting).Distinct()];
            }
        }

        return [.. roles.Select(pair => EntryOf(pair.Key, pair.Value, settings[pair.Key]))];
    }

    private Entry EntryOf(string token, TokenRole roles, string[] settings)
    {
        var hash = Hash(token);
        var principal = Principal.Of(token, roles);
        // One that stays was used when it was used.
        var usage = _entries.FirstOrDefault(entry => entry.Hash.AsSpan().SequenceEqual(hash))?.Usage ?? new TokenUsage();
        return new Entry(hash, principal.ToUser(TokenAuthentication.SchemeName), roles, usage, new KnownToken(principal.Name, roles, settings, usage));
    }

    private void LookAgain()
    {
        if (_files.Length == 0 || _clock.GetElapsedTime(Volatile.Read(ref _lookedAt)) < LookInterval)
        {
            return;
        }

        lock (_gate)
        {
            if (_clock.GetElapsedTime(_lookedAt) < LookInterval)
            {
                return;
            }

            var changed = false;
            for (var i = 0; i < _files.Length; i++)
            {
                changed |= LookAt(i);
            }

            if (changed)
            {
                _entries = Entries();
            }

            Volatile.Write(ref _lookedAt, _clock.GetTimestamp());
        }
    }

    private bool LookAt(int i)
    {
        try
        {
            var tokens = _files[i].Read();
            _problems[i] = null;
            if (tokens.AsSpan().SequenceEqual(_tokens[i]))
            {
                return false;
            }

            _tokens[i] = tokens;
            LogChanged(_files[i].Setting, tokens.Length);
            return true;
        }
        catch (SettingsException e)
        {
            if (_problems[i] != e.Message)
            {
                _problems[i] = e.Message;
                LogUnusable(e.Message);
            }

            return false;
        }
    }

    [LoggerMessage(1431, LogLevel.Warning, "No token is set: everybody who reaches this server may read, send and clear flows")]
    private partial void LogOpen();

    [LoggerMessage(1432, LogLevel.Warning, "No token has the role {Role}: routes that need it are closed")]
    private partial void LogNobody(string role);

    [LoggerMessage(1433, LogLevel.Information, "The file of {Setting} changed: {Tokens} tokens")]
    private partial void LogChanged(string setting, int tokens);

    [LoggerMessage(1434, LogLevel.Error, "{Problem}. Its last tokens stay valid")]
    private partial void LogUnusable(string problem);

    private sealed record Entry(byte[] Hash, ClaimsPrincipal User, TokenRole Roles, TokenUsage Usage, KnownToken Known);
}
