using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Tests.Engine;

/// <summary>A connection to a server that a test can cut, restore, or make lose an answer.</summary>
internal sealed class TcpForwarder : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Socket, Task> _connections = new();
    private readonly Uri _target;

    /// <summary>Bound and never listening: while the connection is cut, nobody else is given its port.</summary>
    private readonly Socket _port = NewSocket();
    private Socket? _listener;
    private Task _accepting = Task.CompletedTask;
    private byte[]? _swallow;
    private int _letThrough;
    private int _swallowed;

    public TcpForwarder(Uri target)
    {
        _target = target;
        _port.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Restore();
    }

    public Uri Url => new($"http://{_port.LocalEndPoint}");

    /// <summary>Answers that were lost.</summary>
    public int Swallowed => Volatile.Read(ref _swallowed);

    /// <summary>The answer to the next request that contains the text is lost: the server carries it out, and the connection ends.</summary>
    /// <param name="text">In the request's head or the begin of its body.</param>
    /// <param name="after">So many such requests are answered before.</param>
    public void SwallowAnswerTo(string text, int after = 0)
    {
        _letThrough = after;
        Volatile.Write(ref _swallow, Encoding.ASCII.GetBytes(text));
    }

    /// <summary>Ends all connections and refuses new ones.</summary>
    public void Cut()
    {
        Interlocked.Exchange(ref _listener, null)?.Dispose();
        foreach (var connection in _connections.Keys)
        {
            connection.Dispose();
        }
    }

    /// <summary>Takes connections again, at the same address.</summary>
    public void Restore()
    {
        var listener = NewSocket();
        listener.Bind(_port.LocalEndPoint!);
        listener.Listen();
        _listener = listener;
        _accepting = AcceptAsync(listener);
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await _accepting;
        await Task.WhenAll(_connections.Values);
        _port.Dispose();
    }

    private static Socket NewSocket()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        return socket;
    }

    private async Task AcceptAsync(Socket listener)
    {
        try
        {
            while (true)
            {
                var client = await listener.AcceptAsync();
                if (_listener != listener)
                {
                    client.Dispose();
                    return;
                }

                _connections[client] = Task.Run(() => ForwardAsync(client));
                if (_listener != listener)
                {
                    // Cut in this moment.
                    client.Dispose();
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Cut.
            return;
        }
    }

    private async Task ForwardAsync(Socket client)
    {
        using var server = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            await server.ConnectAsync(IPAddress.Loopback, _target.Port);
            var loses = new StrongBox();
            var up = CopyAsync(client, server, loses, isRequest: true);
            var down = CopyAsync(server, client, loses, isRequest: false);
            await Task.WhenAny(up, down);
            client.Dispose();
            server.Dispose();
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Either end left: so does the other.
            client.Dispose();
        }
    }

    private async Task CopyAsync(Socket from, Socket to, StrongBox loses, bool isRequest)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while (await from.ReceiveAsync(buffer) is > 0 and var count)
            {
                // A request's head is far shorter than the buffer and comes in one piece.
                if (isRequest && Volatile.Read(ref _swallow) is { } text && buffer.AsSpan(0, count).IndexOf(text) >= 0
                    && Interlocked.Decrement(ref _letThrough) < 0)
                {
                    Volatile.Write(ref _swallow, null);
                    loses.Value = true;
                }

                if (!isRequest && loses.Value)
                {
                    Interlocked.Increment(ref _swallowed);
                    return;
                }

                for (var sent = 0; sent < count;)
                {
                    sent += await to.SendAsync(buffer.AsMemory(sent, count - sent));
                }
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // The connection ended.
            return;
        }
    }

    private sealed class StrongBox
    {
        public volatile bool Value;
    }
}
