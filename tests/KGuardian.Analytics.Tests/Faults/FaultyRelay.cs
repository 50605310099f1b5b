using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Tests.Faults;

/// <summary>What goes wrong between a server and its ClickHouse.</summary>
internal enum RelayFault
{
    /// <summary>A proxy's own 500; ClickHouse never sees the request.</summary>
    Error500,

    /// <summary>The connection breaks in the middle of the request.</summary>
    CutRequest,

    /// <summary>The answer comes late; ClickHouse has carried the request out long before.</summary>
    LateAnswer,
}

/// <summary>
/// Stands between a server and a real ClickHouse and does something wrong with requests that hold a text. One request at a time goes over a
/// connection, as HTTP/1.1 clients do it.
/// </summary>
internal sealed class FaultyRelay : IAsyncDisposable
{
    private static readonly byte[] Answer500 = Encoding.ASCII.GetBytes("HTTP/1.1 500 Internal Server Error\r\nContent-Length: 5\r\nConnection: close\r\n\r\nOops\n");

    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<Task> _running = [];
    private readonly IPEndPoint _target;
    private readonly Lock _gate = new();
    private byte[] _text = [];
    private RelayFault _fault;
    private TimeSpan _delay;
    private int _left;
    private int _done;

    public FaultyRelay(Uri target)
    {
        _target = new IPEndPoint(IPAddress.Loopback, target.Port);
        _listener.Start();
        _running.Add(Task.Run(AcceptAsync));
    }

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Faults done so far.</summary>
    public int Done => Volatile.Read(ref _done);

    /// <summary>The next requests with the text in their begin meet the fault.</summary>
    public void Inject(RelayFault fault, string text, int times, TimeSpan delay = default)
    {
        lock (_gate)
        {
            (_fault, _text, _left, _delay) = (fault, Encoding.ASCII.GetBytes(text), times, delay);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Dispose();
        await Task.WhenAll(_running).WaitAsync(Patience.Limit);
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptSocketAsync(_stop.Token);
                _running.Add(Task.Run(() => RelayAsync(client)));
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
            return;
        }
    }

    private async Task RelayAsync(Socket client)
    {
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stop.Token);
        var held = new AnswerHold();
        try
        {
            await server.ConnectAsync(_target, _stop.Token);
            var up = SendUpAsync(client, server, held, ended.Token);
            var down = SendDownAsync(server, client, held, ended.Token);
            await Task.WhenAny(up, down);
            await ended.CancelAsync();
            // A reset, so that nothing looks whole.
            client.Close(timeout: 0);
            server.Close(timeout: 0);
            await Task.WhenAll(up, down);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            client.Close(timeout: 0);
        }
    }

    private async Task SendUpAsync(Socket client, Socket server, AnswerHold held, CancellationToken ended)
    {
        var buffer = new byte[64 << 10];
        while (await client.ReceiveAsync(buffer, ended) is > 0 and var read)
        {
            var fault = Take(buffer.AsSpan(0, read));
            if (fault == RelayFault.Error500)
            {
                await client.SendAsync(Answer500, ended);
                client.Shutdown(SocketShutdown.Send);
                // The client is to read it before the reset.
                await Task.Delay(50, ended);
                return;
            }

            if (fault == RelayFault.LateAnswer)
                held.For = _delay;
            // All of the head is within the first bytes, and never all of an insert's block.
            var pass = fault == RelayFault.CutRequest ? read - Math.Min(read, 20) : read;
            for (var sent = 0; sent < pass;)
                sent += await server.SendAsync(buffer.AsMemory(sent, pass - sent), ended);
            if (pass < read)
                return;
        }
    }

    private static async Task SendDownAsync(Socket server, Socket client, AnswerHold held, CancellationToken ended)
    {
        var buffer = new byte[64 << 10];
        while (await server.ReceiveAsync(buffer, ended) is > 0 and var read)
        {
            if (held.For is { } time)
            {
                held.For = null;
                await Task.Delay(time, ended);
            }

            for (var sent = 0; sent < read;)
                sent += await client.SendAsync(buffer.AsMemory(sent, read - sent), ended);
        }
    }

    private RelayFault? Take(ReadOnlySpan<byte> begin)
    {
        lock (_gate)
        {
            if (_left == 0 || begin.IndexOf(_text) < 0)
                return null;
            _left--;
            _done++;
            return _fault;
        }
    }

    private sealed class AnswerHold
    {
        public TimeSpan? For { get; set; }
    }
}
