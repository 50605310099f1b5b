using System.Security.Cryptography;

namespace KGuardian.Analytics.Server.Export;

/// <summary>Where a part's bytes go: they are counted and hashed on the way.</summary>
/// <param name="target">Where to.</param>
internal sealed class PartWriter(Stream target) : IDisposable
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);

    /// <summary>Bytes so far.</summary>
    public long Bytes { get; private set; }

    /// <summary>The hash of all bytes, hexadecimal; once, at the end.</summary>
    public string Sha256() => Convert.ToHexStringLower(_hash.GetHashAndReset());

    public void Write(ReadOnlySpan<byte> bytes)
    {
        target.Write(bytes);
        _hash.AppendData(bytes);
        Bytes += bytes.Length;
    }

    public void Dispose() => _hash.Dispose();
}
