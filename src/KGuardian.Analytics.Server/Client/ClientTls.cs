using System.Net.Security;
using System.Security.Authentication;
using System.Security.Cryptography;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Server.Client;

/// <summary>How a server behind https is checked, and with which certificate a client shows itself to it; PEM files, as of the server's own settings.</summary>
/// <param name="CaFile">Authorities that are trusted, and no others; null for the system's.</param>
/// <param name="CertificateFile">The client's certificate; null for none.</param>
/// <param name="KeyFile">Its key, which nobody else may read.</param>
internal sealed record ClientTls(NamedFile? CaFile, NamedFile? CertificateFile, NamedFile? KeyFile)
{
    /// <summary>The system's authorities, and no certificate.</summary>
    public static readonly ClientTls None = new(null, null, null);

    /// <summary>What the handler of connections needs to know.</summary>
    /// <exception cref="UsageException">A file cannot be used; it says where it was named.</exception>
    public SslClientAuthenticationOptions Options()
    {
        var tls = new SslClientAuthenticationOptions();
        if (CaFile is not null)
        {
            tls.CertificateChainPolicy = CaFile.Use(ClickHouseTls.TrustOnly);
        }

        if ((CertificateFile is null) != (KeyFile is null))
        {
            throw new UsageException($"{(CertificateFile ?? KeyFile)!.Name} needs the other of certificate and key beside it");
        }

        if (CertificateFile is not null && KeyFile is not null)
        {
            KeyFile.Use(path =>
            {
                PrivateFile.Check(path, "is a key");
                return path;
            });
            var certificate = CertificateFile.Use(path => ClickHouseTls.ReadCertificate(SecretText.Read(path), SecretText.Read(KeyFile.Path)));
            tls.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        return tls;
    }

    /// <summary>Why a server could not be asked, with what to look at.</summary>
    public static string Explain(HttpRequestException failure) => failure.InnerException is AuthenticationException inner
        ? $"{failure.Message.Replace(", see inner exception.", ":", StringComparison.Ordinal)} {inner.Message} "
            + "(--ca-file names the authorities that are trusted)"
        : failure.Message;
}

/// <summary>A file, and where it was named.</summary>
internal sealed record NamedFile(string Name, string Path)
{
    /// <summary>Makes something of the file.</summary>
    /// <exception cref="UsageException">It cannot be read, or is not what it should be.</exception>
    public T Use<T>(Func<string, T> read)
    {
        try
        {
            return read(Path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or CryptographicException)
        {
            throw new UsageException($"{Name} '{Path}' cannot be used: {e.Message}");
        }
    }
}
