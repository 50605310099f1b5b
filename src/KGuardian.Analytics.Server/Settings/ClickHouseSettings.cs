using System.Security.Cryptography;
using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings of the way to a ClickHouse of the user's: addresses, who asks, certificates.</summary>
internal sealed class ClickHouseSettings(SettingsReader reader)
{
    public IReadOnlyList<ClickHouseEndpoint> Endpoints()
    {
        const string Single = "KGUARDIAN_CLICKHOUSE_URL";
        const string Several = "ClickHouse:Endpoints";
        var single = reader.Text("CLICKHOUSE_URL", Single);
        var several = reader.Text(Several, Several);
        if (single is not null && several is not null)
        {
            throw new SettingsException(Several, several, $"{Single} is set as well; set one of the two");
        }

        var user = reader.Secret("CLICKHOUSE_USER") ?? "default";
        var password = reader.Secret("CLICKHOUSE_PASSWORD") ?? "";
        var endpoints = (several?.Split(',') ?? (single is null ? [] : [single]))
            .Select(text => new ClickHouseEndpoint(Address(single is null ? Several : Single, text.Trim()), user, password)
            {
                UserFile = reader.FileOf("CLICKHOUSE_USER"),
                PasswordFile = reader.FileOf("CLICKHOUSE_PASSWORD"),
            })
            .ToArray();
        return endpoints.GroupBy(endpoint => endpoint.Url).FirstOrDefault(same => same.Count() > 1) is { Key: var twice }
            ? throw new SettingsException(Several, twice.ToString(), "the address is there twice")
            : endpoints;
    }

    private static Uri Address(string setting, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0 && url.PathAndQuery == "/" && url.Fragment.Length == 0
            ? url
            : throw new SettingsException(
                setting, url is { UserInfo.Length: > 0 } || text.Contains('@', StringComparison.Ordinal) ? "(with user info)" : text,
                $"it must look like http://host:8123 or https://host:8443{(setting.Contains(':', StringComparison.Ordinal) ? ", several with commas between them" : "")}; "
                + "user and password go into KGUARDIAN_CLICKHOUSE_USER and KGUARDIAN_CLICKHOUSE_PASSWORD");

    public string? CaFile() => PemFile("ClickHouse:CaFile", path => ClickHouseTls.ReadAuthorities(path));

    public (string? Certificate, string? Key) ClientCertificate()
    {
        const string CertificateSetting = "ClickHouse:ClientCertificateFile";
        const string KeySetting = "ClickHouse:ClientKeyFile";
        var certificate = PemFile(CertificateSetting, _ => { });
        var key = reader.Text(KeySetting, KeySetting);
        if ((certificate is null) != (key is null))
        {
            throw new SettingsException(certificate is null ? CertificateSetting : KeySetting, null, $"{CertificateSetting} and {KeySetting} go together");
        }

        return (certificate, PemFile(KeySetting, path => ClickHouseTls.ReadCertificate(SecretFile.Read(certificate!), SecretFile.Read(path)).Dispose()));
    }

    /// <summary>A file's path, when its content can be used.</summary>
    private string? PemFile(string key, Action<string> read)
    {
        if (reader.Text(key, key) is not { } path)
        {
            return null;
        }

        try
        {
            read(path);
            return path;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException or ArgumentException)
        {
            throw new SettingsException(key, path, $"it must name a readable PEM file: {e.Message}");
        }
    }

    public string? TlsServerName() =>
        reader.Text("ClickHouse:TlsServerName", "ClickHouse:TlsServerName") is not { } name ? null
        : Uri.CheckHostName(name) is UriHostNameType.Dns ? name
        : throw new SettingsException("ClickHouse:TlsServerName", name, "it must be a host name, such as clickhouse.example");

    public string Database(string fallback)
    {
        var name = reader.Text("ClickHouse:Database", "ClickHouse:Database") ?? fallback;
        return name.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') && name.Length is > 0 and <= 64
            ? name
            : throw new SettingsException("ClickHouse:Database", name, "it must be 1 to 64 letters, digits or underscores");
    }
}
