using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Tests.Testing.Network;

/// <summary>A receiver of syslog over TCP with octet counting, which can break its connections.</summary>
internal sealed class SyslogSink : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentQueue<string> _messages = new();
    private readonly ConcurrentBag<Socket> _connections = [];
    private readonly Task _accepting;

    public SyslogSink()
    {
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public IReadOnlyCollection<string> Messages => _messages;

    /// <summary>Resets what is connected now.</summary>
    public void Reset()
    {
        foreach (var connection in _connections)
        {
            connection.LingerState = new LingerOption(enable: true, seconds: 0);
            connection.Close();
        }

        _connections.Clear();
    }

    public async ValueTask DisposeAsync()
    {
        _listener.Stop();
        Reset();
        await _accepting;
    }

    private async Task AcceptAsync()
    {
        var reading = new List<Task>();
        try
        {
            while (true)
            {
                var socket = await _listener.AcceptSocketAsync();
                _connections.Add(socket);
                reading.Add(ReadAsync(socket));
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            await Task.WhenAll(reading);
        }
    }

    private async Task ReadAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket);
            var length = 0;
            var one = new byte[1];
            while (await stream.ReadAsync(one) > 0)
            {
                if (one[0] != ' ')
                {
                    length = (10 * length) + int.Parse([(char)one[0]], CultureInfo.InvariantCulture);
                    continue;
                }

                var message = new byte[length];
                await stream.ReadExactlyAsync(message);
                _messages.Enqueue(Encoding.UTF8.GetString(message));
                length = 0;
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The test has reset it.
            return;
        }
    }
}
