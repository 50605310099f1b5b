using System.Security.Cryptography;
using System.Text;
using BenchmarkDotNet.Attributes;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>Time a key, and the parsers of single values that use vectors, beside what .NET offers.</summary>
[MemoryDiagnoser]
public class FlowKeyBenchmarks
{
    private readonly byte[] _text = Encoding.UTF8.GetBytes("10.128.33.107" + "INGRESS" + "172.30.102.201" + "TCP" + "ALLOW");
    private readonly byte[] _uuid = Encoding.UTF8.GetBytes("12ea85bd-c73c-5ab3-84e8-6ef2b26cc852");
    private readonly byte[] _time = Encoding.UTF8.GetBytes("2024-02-15T15:44:26.459000");

    private readonly FlowKeyHasher _hasher = new(1, 2);
    private readonly byte[] _hash = new byte[32];
    private int _port;

    [Benchmark]
    public ulong Key() => _hasher.Hash(_text, new(0, 13), new(13, 7), new(20, 14), new(34, 3), new(37, 5), _port++, 443).Lo;

    [Benchmark]
    public int Sha256OfTheSameBytes() => SHA256.HashData(_text, _hash);

    [Benchmark]
    public UInt128 UuidVectors() => UuidText.TryParse(_uuid, out var value) ? value : default;

    [Benchmark]
    public Guid UuidFramework() => Guid.Parse(_uuid);

    [Benchmark]
    public long Timestamp() => TimestampText.TryParse(_time, out var micros) ? micros : 0;
}
