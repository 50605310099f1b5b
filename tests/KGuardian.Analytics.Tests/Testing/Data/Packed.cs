using System.IO.Compression;
using System.Text;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>Bodies under a Content-Encoding.</summary>
internal static class Packed
{
    public static byte[] As(string encoding, string text) => As(encoding, Encoding.UTF8.GetBytes(text));

    public static byte[] As(string encoding, byte[] bytes)
    {
        using var packed = new MemoryStream();
        // HTTP's "deflate" is zlib's format.
        using (Stream packer = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            packer.Write(bytes);
        }

        return packed.ToArray();
    }
}
