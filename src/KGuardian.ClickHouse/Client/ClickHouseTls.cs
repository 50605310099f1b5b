using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Client;

/// <summary>How https endpoints are checked, and with which certificate the client shows itself to them.</summary>
internal static class ClickHouseTls
{
    /// <summary>The certificates of a PEM file.</summary>
    /// <exception cref="InvalidDataException">There is none in it.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">They cannot be read.</exception>
    public static X509Certificate2Collection ReadAuthorities(string path)
    {
        var authorities = new X509Certificate2Collection();
        authorities.ImportFromPem(SecretText.Read(path));
        return authorities.Count > 0 ? authorities : throw new InvalidDataException("the file holds no certificate in PEM form");
    }

    /// <summary>Certificates of a PEM file's authorities are trusted, and no others.</summary>
    /// <exception cref="InvalidDataException">There is none in it.</exception>
    /// <exception cref="System.Security.Cryptography.CryptographicException">They cannot be read.</exception>
    public static X509ChainPolicy TrustOnly(string path)
    {
        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.AddRange(ReadAuthorities(path));
        return policy;
    }

    /// <summary>A certificate and its key, of two PEM texts.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">They cannot be read, or do not belong together.</exception>
    public static X509Certificate2 ReadCertificate(string certificatePem, string keyPem) => X509Certificate2.CreateFromPem(certificatePem, keyPem);

    /// <summary>What <see cref="SocketsHttpHandler"/> needs to know.</summary>
    internal static SslClientAuthenticationOptions Create(ClickHouseClientOptions options, ILogger logger)
    {
        var tls = new SslClientAuthenticationOptions();
        if (options.CaFile is { } file)
        {
            tls.CertificateChainPolicy = TrustOnly(file);
        }

        if (options is { ClientCertificateFile: { } certificateFile, ClientKeyFile: { } keyFile })
        {
            // Asked at each handshake: a certificate that was renewed is used without a restart.
            var certificate = new FileBacked<X509Certificate2>([certificateFile, keyFile], texts => ReadCertificate(texts[0], texts[1]), logger);
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate.Value;
        }

        return tls;
    }

    /// <summary>Why a connection could not be made or ended, with the setting to look at.</summary>
    internal static string Explain(HttpRequestException failure, Uri url, ClickHouseClientOptions options)
    {
        var cause = failure.GetBaseException().Message;
        var text = failure.Message.Contains(cause, StringComparison.Ordinal) ? failure.Message : $"{failure.Message} {cause}";
        return failure.InnerException is AuthenticationException ? $"{text} {Advice(text)}"
            // A server that wants a certificate says so after the handshake, or only hangs up.
            : url.Scheme == Uri.UriSchemeHttps && options.ClientCertificateFile is null
                && failure.HttpRequestError is not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
                ? $"{text} {WantsCertificate}"
            : text;
    }

    private static string WantsCertificate =>
        $"Should the server want a client's certificate, name it in {SettingNames.ClientCertificateFile} and {SettingNames.ClientKeyFile}.";

    private static string Advice(string text)
    {
        return Says(nameof(SslPolicyErrors.RemoteCertificateNameMismatch))
                ? $"The certificate is for another name than the address has: name it in {SettingNames.TlsServerName}."
            : Says(nameof(X509ChainStatusFlags.UntrustedRoot)) || Says(nameof(X509ChainStatusFlags.PartialChain))
                ? $"The certificate's authority is not trusted: name its PEM file in {SettingNames.CaFile}."
            : Says(nameof(X509ChainStatusFlags.NotTimeValid)) ? "The certificate has expired, or is not valid yet."
            : Says("alert") ? WantsCertificate
            : "Is it a port for https? ClickHouse's is 8443 unless configured otherwise.";

        bool Says(string name) => text.Contains(name, StringComparison.Ordinal);
    }
}
