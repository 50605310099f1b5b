using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Tests.Testing.Network;

/// <summary>
/// Stands between a client and a real server on loopback: passes bytes on, goes away and comes back on the same port, breaks long answers off, and
/// does something wrong with requests that hold a text. One request at a time goes over a connection, as HTTP/1.1 clients do it.
/// </summary>
internal sealed class TcpRelay : IAsyncDisposable
{
    private static readonly byte[] Answer500 = Encoding.ASCII.GetBytes(
        "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\nConnection: close\r\n\r\nOops\n");

    private readonly ConcurrentDictionary<Socket, bool> _sockets = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly CancellationTokenSource _stop = new();

    /// <summary>Bound and never listening: while the relay is away, no other process and no outgoing connection is given its port.</summary>
    private readonly Socket _port = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);

    private readonly Lock _gate = new();
    private Injected? _injected;
    private int _done;
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

    /// <summary>Faults done so far; an answer is lost when it came.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>The next requests with a text meet a fault.</summary>
    /// <param name="fault">The fault.</param>
    /// <param name="text">In the request's head, or the begin of its body.</param>
    /// <param name="times">So many requests.</param>
    /// <param name="delay">How late an answer is.</param>
    /// <param name="after">So many such requests are answered before.</param>
    public void Inject(RelayFault fault, string text, int times = 1, TimeSpan delay = default, int after = 0)
    {
        lock (_gate)
        {
            _injected = new Injected(fault, Encoding.ASCII.GetBytes(text), delay) { Left = times, After = after };
        }
    }

    /// <summary>Takes connections (again), at the same address.</summary>
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
        {
            socket.Close(timeout: 0);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        GoAway();
        await Task.WhenAll(_running).WaitAsync(Patience.Limit);
        _port.Dispose();
        _stop.Dispose();
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
                {
                    client.Close(timeout: 0);
                }

                _running.Add(Task.Run(() => RelayAsync(client)));
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or InvalidOperationException)
            {
                return;
            }
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        _sockets.TryAdd(server, true);
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var answer = new Answer();
        try
        {
            await server.ConnectAsync(_target, ended.Token);
            var up = SendUpAsync(client, server, answer, ended.Token);
            var down = SendDownAsync(server, client, answer, ended.Token);
            await Task.WhenAny(up, down);
            await ended.CancelAsync();
            // Either end's close ends both; a reset, so that nothing looks whole.
            client.Close(timeout: 0);
            server.Close(timeout: 0);
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            client.Close(timeout: 0);
        }
        finally
        {
            _sockets.TryRemove(client, out _);
            _sockets.TryRemove(server, out _);
        }
    }

    private async Task SendUpAsync(Socket client, Socket server, Answer answer, CancellationToken ended)
    {
        var buffer = new byte[64 << 10];
        while (await client.ReceiveAsync(buffer, ended) is > 0 and var read)
        {
            var fault = Take(buffer.AsSpan(0, read));
            if (fault?.Fault == RelayFault.Error500)
            {
                await client.SendAsync(Answer500, ended);
                client.Shutdown(SocketShutdown.Send);
                // The client is to read it before the reset.
                await Task.Delay(50, ended);
                return;
            }

            answer.Fault = fault?.Fault is RelayFault.LateAnswer or RelayFault.LostAnswer ? fault : answer.Fault;
            // All of the head is within the first bytes, and never all of an insert's block.
            var pass = fault?.Fault == RelayFault.CutRequest ? read - Math.Min(read, 20) : read;
            await SendAsync(server, buffer.AsMemory(0, pass), ended);
            if (pass < read)
            {
                return;
            }
        }
    }

    private async Task SendDownAsync(Socket server, Socket client, Answer answer, CancellationToken ended)
    {
        var buffer = new byte[64 << 10];
        long passed = 0;
        while (await server.ReceiveAsync(buffer, ended) is > 0 and var read)
        {
            if (answer.Fault is { } fault)
            {
                if (fault.Fault == RelayFault.LostAnswer)
                {
                    Interlocked.Increment(ref _done);
                    return;
                }

                answer.Fault = null;
                await Task.Delay(fault.Delay, ended);
            }

            // To the byte: the rest of a buffer may be all that an answer lacks.
            var pass = (int)Math.Clamp(BreakAfterBytes - passed, 0, read);
            await SendAsync(client, buffer.AsMemory(0, pass), ended);
            passed += pass;
            if (pass < read)
            {
                return;
            }
        }
    }

    private static async Task SendAsync(Socket to, ReadOnlyMemory<byte> bytes, CancellationToken ended)
    {
        while (bytes.Length > 0)
        {
            bytes = bytes[await to.SendAsync(bytes, ended)..];
        }
    }

    private Injected? Take(ReadOnlySpan<byte> begin)
    {
        lock (_gate)
        {
            if (_injected is not { Left: > 0 } fault || begin.IndexOf(fault.Text) < 0 || fault.After-- > 0)
            {
                return null;
            }

            fault.Left--;
            if (fault.Fault != RelayFault.LostAnswer)
            {
                _done++;
            }

            return fault;
        }
    }

    private sealed record Injected(RelayFault Fault, byte[] Text, TimeSpan Delay)
    {
        public int Left { get; set; }

        public int After { get; set; }
    }

    /// <summary>What becomes of a connection's next answer.</summary>
    private sealed class Answer
    {
        public volatile Injected? Fault;
    }
}
