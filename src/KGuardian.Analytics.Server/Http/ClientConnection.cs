using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;

namespace KGuardian.Analytics.Server.Http;

/// <summary>
/// What it means that a client closed its sending side. Kestrel takes it for the end of the connection and sends nothing more, but a client may do so
/// behind a whole request and still wait for the answer (RFC 9112, 9.6 speaks of such half-closed connections; a shell's <c>nc -N</c> does it). TCP
/// cannot say whether the client also stopped reading before something is sent to it. So what changes something is answered in any case: it is short,
/// and its client must learn what came of it. What only asks is answered when that takes no longer than <see cref="Patience"/>: then its client
/// counts as gone, and its query is ended.
/// </summary>
internal sealed class ClientConnection : IDisposable
{
    /// <summary>Enough for every small read; a client that has left keeps a large one running for so long.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _gone = new();
    private bool _isClosed;
    private bool _onlyAsks;

    /// <summary>Puts itself between a connection and what serves it.</summary>
    public static ConnectionDelegate Watch(ConnectionDelegate next) => async connection =>
    {
        using var client = new ClientConnection();
        await using var registration = connection.ConnectionClosed.Register(client.OnClosed);
        connection.ConnectionClosed = client._gone.Token;
        connection.Features.Set(client);
        connection.Transport = new Duplex(new LateEndReader(connection.Transport.Input), connection.Transport.Output);
        await next(connection);
    };

    /// <summary>Says of each request whether it only asks.</summary>
    public static async Task ServeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.Features.Get<ClientConnection>() is not { } client || !OnlyAsks(context.Request.Method))
        {
            await next(context);
            return;
        }

        client.Begin();
        try
        {
            await next(context);
        }
        finally
        {
            client.End();
        }
    }

    public void Dispose() => _gone.Dispose();

    private static bool OnlyAsks(string method) => HttpMethods.IsGet(method) || HttpMethods.IsHead(method) || HttpMethods.IsOptions(method);

    private void OnClosed()
    {
        lock (_gate)
        {
            _isClosed = true;
            EndInTime();
        }
    }

    private void Begin()
    {
        lock (_gate)
        {
            _onlyAsks = true;
            EndInTime();
        }
    }

    private void End()
    {
        lock (_gate)
        {
            _onlyAsks = false;
        }
    }

    private void EndInTime()
    {
        if (_isClosed && _onlyAsks)
        {
            _gone.CancelAfter(Patience);
        }
    }

    private sealed record Duplex(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
