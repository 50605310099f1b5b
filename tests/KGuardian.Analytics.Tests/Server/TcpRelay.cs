using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace KGuardian.Analytics.Tests.Server;

/// <summary>
/// Stands between a server and its ClickHouse: passes bytes on, goes away and comes back on the same port, and breaks long answers off.
/// </summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private readonly ConcurrentDictionary<Socket, bool> _sockets = new();
    private readonly ConcurrentBag<Task> _running = [];

    /// <summary>Bound and never listening: while the relay is away, no other process and no outgoing connection is given its port.</summary>
    private readonly Socket _port = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private IPEndPoint _target = null!;
    private volatile TcpListener? _listener;

    public TcpRelay(Uri target)
    {
        Target = target;
        _port.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        _port.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        Open();
    }

    public Uri Address => new($"http://{_port.LocalEndPoint}");

    /// <summary>Where connections from now on go.</summary>
    public Uri Target
    {
        set => _target = new IPEndPoint(IPAddress.Loopback, value.Port);
    }

    /// <summary>Where a connection's answers end; longer ones are broken off there.</summary>
    public long BreakAfterBytes { get; set; } = long.MaxValue;

    /// <summary>Takes connections (again).</summary>
    public void Open()
    {
        var listener = new TcpListener((IPEndPoint)_port.LocalEndPoint!);
        listener.Server.SetSocketOption(SocketOptionLevel.Socket, SocketOptionName.ReuseAddress, true);
        listener.Start();
        _listener = listener;
        _running.Add(Task.Run(() => AcceptAsync(listener)));
    }

    /// <summary>Refuses connections and breaks those there are.</summary>
    public void GoAway()
    {
        var listener = _listener;
        _listener = null;
        listener?.Dispose();
        foreach (var socket in _sockets.Keys)
            socket.Close(timeout: 0);
    }

    public async ValueTask DisposeAsync()
    {
        GoAway();
        await Task.WhenAll(_running).WaitAsync(Patience.Limit);
        _port.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        while (true)
        {
            try
            {
                var client = await listener.AcceptSocketAsync();
                _sockets.TryAdd(client, true);
                // Taken in the moment of going away, it may have been missed there.
                if (_listener != listener)
                    client.Close(timeout: 0);
                _running.Add(RelayAsync(client));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        _sockets.TryAdd(server, true);
        try
        {
            await server.ConnectAsync(_target);
            var up = CopyAsync(client, server, () => long.MaxValue);
            var down = CopyAsync(server, client, () => BreakAfterBytes);
            await Task.WhenAny(up, down);
            // Either end's close ends both; a reset, so that nothing looks whole.
            client.Close(timeout: 0);
            server.Close(timeout: 0);
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            client.Close(timeout: 0);
        }
        finally
        {
            _sockets.TryRemove(client, out _);
            _sockets.TryRemove(server, out _);
        }
    }

    private static async Task CopyAsync(Socket from, Socket to, Func<long> limit)
    {
        var buffer = new byte[16 << 10];
        long passed = 0;
        while (await from.ReceiveAsync(buffer) is > 0 and var read)
        {
            // To the byte: the rest of a buffer may be all that an answer lacks.
            var pass = (int)Math.Min(read, limit() - passed);
            for (var sent = 0; sent < pass;)
                sent += await to.SendAsync(buffer.AsMemory(sent, pass - sent));
            passed += pass;
            if (pass < read)
                return;
        }
    }
}
