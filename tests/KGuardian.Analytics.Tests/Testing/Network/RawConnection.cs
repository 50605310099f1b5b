using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Tests.Testing.Network;

/// <summary>A TCP connection to a server, for requests that no HTTP client would send and answers that nobody reads.</summary>
internal sealed class RawConnection : IDisposable
{
    private readonly TcpClient _client = new() { NoDelay = true };

    private NetworkStream? _stream;

    /// <summary>The connection's bytes; can be read to their end after the server closed it, unlike the client's own property.</summary>
    public NetworkStream Stream => _stream ??= _client.GetStream();

    public static async Task<RawConnection> OpenAsync(Uri address, int? receiveBufferBytes = null)
    {
        var connection = new RawConnection();
        if (receiveBufferBytes is { } bytes)
        {
            connection._client.ReceiveBufferSize = bytes;
        }

        await connection._client.ConnectAsync(address.Host, address.Port);
        return connection;
    }

    /// <summary>Sends the head of a post; the body is given back to be sent.</summary>
    public Task PostHeadAsync(string path, string json, out byte[] body)
    {
        body = Encoding.UTF8.GetBytes(json);
        return SendAsync(Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: test\r\nContent-Type: application/json\r\nContent-Length: {body.Length}\r\n\r\n"));
    }

    public Task SendAsync(byte[] bytes) => Stream.WriteAsync(bytes).AsTask();

    /// <summary>The next line that the server sends.</summary>
    public async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        var one = new byte[1];
        while (await Stream.ReadAsync(one).AsTask().WaitAsync(Patience.Limit) > 0 && one[0] != '\n')
        {
            line.Append((char)one[0]);
        }

        return line.ToString();
    }

    /// <summary>Closes the sending side; answers can still be read.</summary>
    public void EndSending() => _client.Client.Shutdown(SocketShutdown.Send);

    /// <summary>All that the server sends until it closes the connection, or resets it.</summary>
    public async Task<string> ReadAllAsync()
    {
        var all = new MemoryStream();
        try
        {
            await Stream.CopyToAsync(all).WaitAsync(Patience.Limit);
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            // What came before it was sent.
            return Encoding.UTF8.GetString(all.ToArray());
        }

        return Encoding.UTF8.GetString(all.ToArray());
    }

    /// <summary>Breaks the connection as a killed client does: with a reset.</summary>
    public void Break()
    {
        _client.Client.LingerState = new LingerOption(enable: true, seconds: 0);
        _client.Close();
    }

    public void Dispose() => _client.Dispose();
}
