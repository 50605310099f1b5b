using System.Collections.Concurrent;
using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;

namespace KGuardian.Analytics.Tests.Testing.Network;

/// <summary>Takes https connections and passes their bytes on to a server that knows none.</summary>
internal sealed class TlsProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly Uri _target;
    private readonly SslServerAuthenticationOptions _options;

    /// <summary>A proxy that shows a certificate and, when an authority is given, wants a client's from it.</summary>
    public TlsProxy(Uri target, X509Certificate2 certificate, TestAuthority? clients = null)
    {
        _target = target;
        _options = new SslServerAuthenticationOptions
        {
            ServerCertificate = certificate,
            ClientCertificateRequired = clients is not null,
            RemoteCertificateValidationCallback = (_, shown, _, _) => clients is null || (shown is not null && clients.HasIssued(shown)),
        };
        _listener.Start();
        _running.Add(Task.Run(AcceptAsync));
    }

    public Uri Url => new($"https://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll(_running);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                _running.Add(Task.Run(() => RelayAsync(client)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
            return;
        }
    }

    private async Task RelayAsync(TcpClient client)
    {
        using var target = new TcpClient();
        using (client)
        {
            try
            {
                await using var secured = new SslStream(client.GetStream());
                await secured.AuthenticateAsServerAsync(_options, _stop.Token);
                await target.ConnectAsync(_target.Host, _target.Port, _stop.Token);
                var up = secured.CopyToAsync(target.GetStream(), _stop.Token);
                var down = target.GetStream().CopyToAsync(secured, _stop.Token);
                await Task.WhenAny(up, down);
                client.Close();
                target.Close();
                await Task.WhenAll(up, down);
            }
            catch (Exception e) when (e is IOException or SocketException or AuthenticationException or OperationCanceledException or ObjectDisposedException)
            {
                // The connection ended, or was refused: the client has its own error.
                return;
            }
        }
    }
}
