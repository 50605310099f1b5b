using System.Buffers.Binary;
using System.Net.Sockets;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>How many bytes of a connection the other side's system has confirmed, where this system says so.</summary>
internal static class TcpProgress
{
    /// <summary>IPPROTO_TCP.</summary>
    private const int Tcp = 6;

    /// <summary>TCP_INFO of Linux.</summary>
    private const int TcpInfo = 11;

    /// <summary>Where tcpi_bytes_acked, a u64, is in struct tcp_info of linux/tcp.h: behind 8 bytes, 24 u32 and 2 u64. Since Linux 4.1.</summary>
    private const int BytesAcked = 8 + (24 * 4) + (2 * 8);

    /// <summary>Bytes that were confirmed since the connection was made; null where this is not known.</summary>
    /// <exception cref="SocketException">The connection is gone.</exception>
    public static long? Acknowledged(Socket socket)
    {
        if (!OperatingSystem.IsLinux())
        {
            return null;
        }

        Span<byte> info = stackalloc byte[BytesAcked + 8];
        return socket.GetRawSocketOption(Tcp, TcpInfo, info) == info.Length ? (long)BinaryPrimitives.ReadUInt64LittleEndian(info[BytesAcked..]) : null;
    }
}
