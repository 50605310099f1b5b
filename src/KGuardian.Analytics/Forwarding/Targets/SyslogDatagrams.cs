using System.Buffers;
using System.Net.Sockets;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Integrations;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>Syslog over UDP: a message a datagram. Nobody says whether one came.</summary>
internal sealed class SyslogDatagrams(ConnectionInfo connection, TargetAddresses addresses, string hostName) : EventTarget
{
    /// <summary>Larger ones go without their text: receivers take 8 KiB as a rule.</summary>
    private const int MostBytes = 8 << 10;

    /// <summary>A name may come to mean another address.</summary>
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly SyslogMessage _message = new(connection.Facility, hostName);
    private readonly ArrayBufferWriter<byte> _datagram = new(MostBytes);
    private Socket? _socket;
    private DateTime _connectedAt;

    /// <inheritdoc/>
    public override async Task<string> SendAsync(EventRun run, CancellationToken cancellationToken)
    {
        if (_socket is null || DateTime.UtcNow - _connectedAt > Lifetime)
        {
            _socket?.Dispose();
            _socket = null;
            _socket = await addresses.ConnectAsync(connection.Host, connection.Port, SocketType.Dgram, cancellationToken);
            _connectedAt = DateTime.UtcNow;
        }

        var written = 0L;
        try
        {
            for (var at = 0; at < run.Count; at++)
            {
                _datagram.ResetWrittenCount();
                _message.Write(run[at], run.JsonOf(at).Span, _datagram);
                if (_datagram.WrittenCount > MostBytes)
                {
                    _datagram.ResetWrittenCount();
                    _message.Write(run[at], [], _datagram);
                }

                written += await _socket.SendAsync(_datagram.WrittenMemory, cancellationToken);
            }
        }
        catch (SocketException e)
        {
            // That nobody listens is told about a datagram that was sent before.
            _socket.Dispose();
            _socket = null;
            throw new TargetException(TargetFailure.Transport, $"{connection.Describe(Integration.Syslog)} cannot be sent to: {e.Message}", e);
        }

        Written += written;
        return $"{written} bytes were sent; whether they came nobody says over UDP";
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        return base.DisposeAsync();
    }
}
