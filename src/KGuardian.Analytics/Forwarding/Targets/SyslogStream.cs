using System.Buffers;
using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Integrations;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>
/// Syslog over TCP or TLS, each message with its length before it (RFC 6587, 5425). A receiver says nothing: what its system has confirmed is the
/// most that is known.
/// </summary>
internal sealed class SyslogStream : EventTarget
{
    /// <summary>Bytes of a write; some hundred messages.</summary>
    private const int WriteBytes = 64 << 10;

    private readonly ConnectionInfo _connection;
    private readonly TargetAddresses _addresses;
    private readonly SyslogMessage _message;
    private readonly X509Certificate2? _certificate;
    private readonly ArrayBufferWriter<byte> _line = new(2 << 10);
    private readonly ArrayBufferWriter<byte> _frames = new(WriteBytes + (8 << 10));
    private Socket? _socket;
    private Stream? _stream;
    private Task _watching = Task.CompletedTask;
    private long _writtenBefore;
    private long? _confirmedBefore;
    private CountedStream? _counted;
    private volatile BrokenConnection? _broken;

    /// <summary>A target that is not connected.</summary>
    /// <param name="connection">How it is reached.</param>
    /// <param name="addresses">Which addresses may be connected to.</param>
    /// <param name="hostName">Who sends.</param>
    public SyslogStream(ConnectionInfo connection, TargetAddresses addresses, string hostName)
    {
        (_connection, _addresses, _message) = (connection, addresses, new SyslogMessage(connection.Facility, hostName));
        _certificate = ConnectionCheck.CertificateOf(connection);
    }

    /// <inheritdoc/>
    public override bool Answers => false;

    /// <inheritdoc/>
    public override BrokenConnection? Broken => _broken;

    /// <inheritdoc/>
    public override long Acknowledged
    {
        get
        {
            if (_socket is not { } socket || _broken is not null || _confirmedBefore is not { } before)
            {
                return _broken is null ? Written : _writtenBefore;
            }

            try
            {
                return TcpProgress.Acknowledged(socket) is { } confirmed ? _writtenBefore + confirmed - before : Written;
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                Break(e.Message, isOrderly: false);
                return _writtenBefore;
            }
        }
    }

    private string Name => _connection.Describe(Integration.Syslog);

    /// <inheritdoc/>
    public override async Task<string> SendAsync(EventRun run, CancellationToken cancellationToken)
    {
        if (_stream is null || _broken is not null)
        {
            await ConnectAsync(cancellationToken);
        }

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        var before = Written;
        try
        {
            _frames.ResetWrittenCount();
            for (var at = 0; at < run.Count; at++)
            {
                _line.ResetWrittenCount();
                _message.Write(run[at], run.JsonOf(at).Span, _line);
                Encoding.ASCII.GetBytes(_line.WrittenCount.ToString(CultureInfo.InvariantCulture), _frames);
                _frames.Write(" "u8);
                _frames.Write(_line.WrittenSpan);
                if (_frames.WrittenCount >= WriteBytes || at == run.Count - 1)
                {
                    await _stream!.WriteAsync(_frames.WrittenMemory, limit.Token);
                    _frames.ResetWrittenCount();
                }
            }

            await _stream!.FlushAsync(limit.Token);
            Written = _writtenBefore + _counted!.Written;
            return $"{Written - before} bytes were written";
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
        {
            Break(e.GetBaseException().Message, isOrderly: false);
            throw new TargetException(TargetFailure.Transport, $"{Name} broke the connection: {e.GetBaseException().Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            Break($"it took nothing for {Patience}", isOrderly: false);
            throw new TargetException(TargetFailure.Transport, $"{Name} took nothing for {Patience}", e);
        }
        catch (OperationCanceledException)
        {
            // A message may be cut: this connection carries no other.
            Break("the write was given up", isOrderly: false);
            throw;
        }
    }

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await CloseAsync();
        _certificate?.Dispose();
        await base.DisposeAsync();
    }

    private async Task ConnectAsync(CancellationToken cancellationToken)
    {
        await CloseAsync();
        var socket = await _addresses.ConnectAsync(_connection.Host, _connection.Port, SocketType.Stream, cancellationToken);
        _socket = socket;
        socket.NoDelay = true;
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.KeepAlive, true);
        _confirmedBefore = TcpProgress.Acknowledged(socket);
        _counted = new CountedStream(new NetworkStream(socket, ownsSocket: true));
        _writtenBefore = Written;
        _stream = _connection.Protocol == "tls" ? await SecureAsync(_counted, cancellationToken) : _counted;
        _broken = null;
        _watching = WatchAsync(_stream);
    }

    private async Task<Stream> SecureAsync(Stream plain, CancellationToken cancellationToken)
    {
        var secured = new SslStream(plain);
        // Disposed with the target, whatever comes of the handshake.
        _stream = secured;
        _broken = new BrokenConnection("it is being secured", IsOrderly: false);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            var options = HttpTarget.Tls(_connection, _certificate);
            options.TargetHost = _connection.Host;
            await secured.AuthenticateAsClientAsync(options, limit.Token);
            return secured;
        }
        catch (AuthenticationException e)
        {
            throw new TargetException(
                TargetFailure.Configuration, $"{Name} is not trusted, or does not trust us: {e.GetBaseException().Message}", e);
        }
        catch (Exception e) when (e is IOException or SocketException || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new TargetException(
                TargetFailure.Transport, $"{Name} did not finish the handshake: {e.GetBaseException().Message}", e);
        }
    }

    /// <summary>Receivers send nothing: what comes is the connection's end.</summary>
    private async Task WatchAsync(Stream stream)
    {
        var ignored = new byte[256];
        try
        {
            while (await stream.ReadAsync(ignored) > 0)
            {
            }

            Break("the target closed the connection", isOrderly: true);
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException)
        {
            Break(e.GetBaseException().Message, isOrderly: false);
        }
    }

    private void Break(string reason, bool isOrderly) => _broken ??= new BrokenConnection(reason, isOrderly);

    private async Task CloseAsync()
    {
        if (_stream is { } stream)
        {
            _stream = null;
            await stream.DisposeAsync();
            await _watching;
        }

        _socket?.Dispose();
        _socket = null;
    }
}
