using KGuardian.Analytics.Server.Options;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;

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
        var endpoints = (several ?? single)?.Split(',')
            .Select(text => new ClickHouseEndpoint(Address(text.Trim()) ?? throw NoAddress(), user, password)
            {
                UserFile = reader.FileOf("CLICKHOUSE_USER"),
                PasswordFile = reader.FileOf("CLICKHOUSE_PASSWORD"),
            })
            .ToArray() ?? [];
        return single is not null && endpoints.Length > 1 ? throw NoAddress()
            : endpoints.Select(endpoint => endpoint.Url).Distinct().Count() < endpoints.Length
                ? throw new SettingsException(Several, several, "an address is there twice")
            : endpoints;

        // None of it is shown when a part of it may be a password.
        SettingsException NoAddress() => new(
            single is null ? Several : Single, (several ?? single)!.Contains('@', StringComparison.Ordinal) ? "(with user info)" : several ?? single,
            $"it must look like http://host:8123 or https://host:8443{(single is null ? ", or several such addresses with commas between them" : "")}; "
            + "user and password go into KGUARDIAN_CLICKHOUSE_USER and KGUARDIAN_CLICKHOUSE_PASSWORD");
    }

    public string? Cluster(IReadOnlyList<ClickHouseEndpoint> endpoints)
    {
        const string Setting = "ClickHouse:Cluster";
        return reader.Text(Setting, Setting) is not { } name ? null
            : name.Length > 64 || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.')
                ? throw new SettingsException(Setting, name, "it must be 1 to 64 letters, digits, underscores, hyphens or dots, as remote_servers names it")
            : endpoints.Count == 0 ? throw new SettingsException(Setting, name, "ClickHouse:Endpoints must name a server of each of its shards")
            : name;
    }

    /// <summary>An address as it is to look; null when it does not.</summary>
    private static Uri? Address(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0 && url.PathAndQuery == "/" && url.Fragment.Length == 0
            ? url
            : null;

    public string? CaFile() => reader.PemFile("ClickHouse:CaFile", path => ClickHouseTls.ReadAuthorities(path));

    public (string? Certificate, string? Key) ClientCertificate()
    {
        const string CertificateSetting = "ClickHouse:ClientCertificateFile";
        const string KeySetting = "ClickHouse:ClientKeyFile";
        var certificate = reader.PemFile(CertificateSetting, _ => { });
        var key = reader.Text(KeySetting, KeySetting);
        if ((certificate is null) != (key is null))
        {
            throw new SettingsException(certificate is null ? CertificateSetting : KeySetting, null, $"{CertificateSetting} and {KeySetting} go together");
        }

        return (certificate, reader.PemFile(KeySetting, path => ClickHouseTls.ReadCertificate(SecretText.Read(certificate!), SecretText.Read(path)).Dispose()));
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
