using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace KGuardian.Analytics.Forwarding.Integrations;

/// <summary>Whether what a connection's document says goes together.</summary>
internal static class ConnectionCheck
{
    /// <summary>Checks an integration's connection.</summary>
    /// <exception cref="IntegrationException">It cannot be used.</exception>
    public static void Check(Integration integration)
    {
        var (type, connection) = (integration.Type, integration.Connection);
        foreach (var member in ConnectionMember.All.Where(member => connection.Members.ContainsKey(member.Name) && !member.Types.Contains(type)))
        {
            throw At(member, $"is no member of {type}", $"of {string.Join(", ", member.Types)} only");
        }

        if (type == Integration.Syslog)
        {
            if (!IsHost(connection.ServiceUrl))
            {
                throw At(ConnectionMember.ServiceUrl, "is no host", "a host name or an address, without scheme, port and path");
            }
        }
        else if (!Uri.TryCreate(connection.ServiceUrl, UriKind.Absolute, out var url) || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0
            || url.Fragment.Length > 0)
        {
            throw At(ConnectionMember.ServiceUrl, "is no URL", "http://host:port/path or https://…, without user info and fragment");
        }

        if (type == Integration.Splunk && connection.ServiceToken is null)
        {
            throw At(ConnectionMember.ServiceToken, "is missing", "the token of Splunk's HTTP event collector");
        }

        CheckTls(connection, connection.IsTls(type));
    }

    private static void CheckTls(ConnectionInfo connection, bool isTls)
    {
        ConnectionMember[] ofTls = [ConnectionMember.CaCertificate, ConnectionMember.ClientCertificate, ConnectionMember.ClientKey];
        if (!isTls && ofTls.FirstOrDefault(member => connection.Members.ContainsKey(member.Name)) is { } unused)
        {
            // It would do nothing, and whoever set it thinks that it does.
            throw At(unused, "needs TLS", "with Protocol tls, or an https URL");
        }

        if (connection.ClientCertificate is null != connection.ClientKey is null)
        {
            var missing = connection.ClientKey is null ? ConnectionMember.ClientKey : ConnectionMember.ClientCertificate;
            throw At(missing, "is missing", "certificate and key together");
        }

        Readable(ConnectionMember.CaCertificate, () => TrustedOf(connection));
        Readable(ConnectionMember.ClientCertificate, () => CertificateOf(connection)?.Dispose());
    }

    /// <summary>Trusts a connection's authorities and no others; null for the system's.</summary>
    /// <exception cref="CryptographicException">They cannot be read.</exception>
    public static X509ChainPolicy? TrustedOf(ConnectionInfo connection)
    {
        if (connection.CaCertificate is not { } pem)
        {
            return null;
        }

        var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        policy.CustomTrustStore.ImportFromPem(pem);
        return policy.CustomTrustStore.Count > 0 ? policy : throw new CryptographicException("there is no certificate in PEM form");
    }

    /// <summary>The certificate that is shown; null for none.</summary>
    /// <exception cref="CryptographicException">It cannot be read, or its key is another one's.</exception>
    public static X509Certificate2? CertificateOf(ConnectionInfo connection) =>
        connection is { ClientCertificate: { } certificate, ClientKey: { } key } ? X509Certificate2.CreateFromPem(certificate, key) : null;

    private static void Readable(ConnectionMember member, Action read)
    {
        try
        {
            read();
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            throw At(member, $"cannot be read: {e.Message.TrimEnd('.')}", "PEM");
        }
    }

    private static bool IsHost(string text) =>
        IPAddress.TryParse(text.Trim('[', ']'), out _) || (Uri.CheckHostName(text) == UriHostNameType.Dns && text.Length <= 253);

    private static IntegrationException At(ConnectionMember member, string problem, string allowed) => new($"connectionInfo.{member.Name}", problem, allowed);
}
