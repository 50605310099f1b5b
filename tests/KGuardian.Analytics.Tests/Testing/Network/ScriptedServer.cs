using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Tests.Testing.Network;

/// <summary>A server that reads a request's head, answers with the same bytes every time, and closes; without bytes it never answers.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly byte[]? _answer;
    private readonly Task _serving;
    private readonly TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ScriptedServer(string? answer)
    {
        _answer = answer is null ? null : Encoding.Latin1.GetBytes(answer);
        _listener.Start();
        _serving = ServeAsync();
    }

    public Uri Url => new($"http://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>Done when a request has come.</summary>
    public Task Asked => _asked.Task;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        // Not before: one that is stopped cannot be asked for the next client.
        await _serving;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync()
    {
        var open = new List<TcpClient>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                open.Add(client);
                try
                {
                    if (await client.GetStream().ReadAsync(new byte[64 * 1024], _stop.Token) == 0)
                    {
                        continue;
                    }

                    _asked.TrySetResult();
                    if (_answer is not null)
                    {
                        await client.GetStream().WriteAsync(_answer, _stop.Token);
                        client.Client.Shutdown(SocketShutdown.Send);
                    }
                }
                catch (Exception e) when (e is IOException or SocketException)
                {
                    // The client gave up before it was served.
                    continue;
                }
            }
        }
        catch (OperationCanceledException)
        {
            open.ForEach(client => client.Dispose());
        }
    }
}
