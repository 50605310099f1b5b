using System.Buffers.Text;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>
/// One keep-alive HTTP/1.1 connection on a blocking socket: on two cores this costs least, a send and a receive a request.
/// Bodies are counted and dropped, except for their first bytes.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly byte[] _buffer = new byte[256 * 1024];
    private readonly byte[] _bodyHead = new byte[256];
    private int _start;
    private int _end;
    private int _bodyHeadLength;
    private long _bodyBytes;
    private long _rows;

    /// <summary>The byte that is counted in bodies, see <see cref="HttpAnswer.Rows"/>.</summary>
    public byte? RowMark { get; init; } = (byte)'{';

    public HttpConnection(IPEndPoint server, TimeSpan timeout)
    {
        _socket.ReceiveTimeout = _socket.SendTimeout = (int)timeout.TotalMilliseconds;
        _socket.Connect(server);
    }

    /// <summary>The first bytes of the latest body, at most 256.</summary>
    public ReadOnlySpan<byte> BodyHead => _bodyHead.AsSpan(0, _bodyHeadLength);

    /// <param name="headers">Further header lines, each with its line end.</param>
    public static byte[] GetRequest(Uri url, string headers = "") => Encoding.ASCII.GetBytes(
        $"GET {url.PathAndQuery} HTTP/1.1\r\nHost: {url.Authority}\r\nAccept: application/json\r\n{headers}\r\n");

    /// <exception cref="SocketException">The connection broke or timed out.</exception>
    /// <exception cref="IOException">The answer did not end cleanly.</exception>
    public HttpAnswer Exchange(ReadOnlySpan<byte> request)
    {
        while (request.Length > 0)
        {
            request = request[_socket.Send(request)..];
        }

        _bodyHeadLength = 0;
        _bodyBytes = _rows = 0;
        if (_start == _end)
        {
            Fill();
        }

        var firstByteAt = Stopwatch.GetTimestamp();
        var head = TakeUntil("\r\n\r\n"u8);
        if (!head.StartsWith("HTTP/1.1 "u8) || !Utf8Parser.TryParse(head[9..], out int status, out _))
        {
            throw new IOException("Not an HTTP/1.1 answer.");
        }

        if (Header(head, "Content-Length: "u8) is { Length: > 0 } length)
        {
            _ = Utf8Parser.TryParse(length, out long bytes, out _);
            SkipBody(bytes);
        }
        else if (status is not (204 or 304))
        {
            SkipChunks();
        }

        return new(status, _bodyBytes, _rows, firstByteAt, Stopwatch.GetTimestamp());
    }

    public void Dispose() => _socket.Dispose();

    private static ReadOnlySpan<byte> Header(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        var at = head.IndexOf(name);
        return at < 0 ? default : head[(at + name.Length)..];
    }

    private void SkipChunks()
    {
        while (true)
        {
            if (!Utf8Parser.TryParse(TakeUntil("\r\n"u8), out long size, out _, 'x'))
            {
                throw new IOException("Not a chunk size.");
            }

            SkipBody(size);
            if (TakeUntil("\r\n"u8).Length != 2)
            {
                throw new IOException("A chunk that does not end where it said.");
            }

            if (size == 0)
            {
                return;
            }
        }
    }

    private void SkipBody(long bytes)
    {
        _bodyBytes += bytes;
        while (bytes > 0)
        {
            if (_start == _end)
            {
                Fill();
            }

            var part = _buffer.AsSpan(_start, (int)Math.Min(bytes, _end - _start));
            var kept = part[..Math.Min(part.Length, _bodyHead.Length - _bodyHeadLength)];
            kept.CopyTo(_bodyHead.AsSpan(_bodyHeadLength));
            _bodyHeadLength += kept.Length;
            if (RowMark is { } mark)
            {
                _rows += part.Count(mark);
            }

            _start += part.Length;
            bytes -= part.Length;
        }
    }

    /// <summary>The bytes up to and with the mark; they must fit the buffer.</summary>
    private ReadOnlySpan<byte> TakeUntil(ReadOnlySpan<byte> mark)
    {
        while (true)
        {
            var at = _buffer.AsSpan(_start, _end - _start).IndexOf(mark);
            if (at >= 0)
            {
                var taken = _buffer.AsSpan(_start, at + mark.Length);
                _start += taken.Length;
                return taken;
            }

            Fill();
        }
    }

    private void Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }

        var received = _socket.Receive(_buffer.AsSpan(_end));
        if (received == 0)
        {
            throw new IOException("The connection was closed before the answer's end.");
        }

        _end += received;
    }
}
