using BenchmarkDotNet.Attributes;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Cursors;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>Time a cursor: signed and written, read and checked. A page needs one of each.</summary>
[MemoryDiagnoser]
public class CursorBenchmarks
{
    private static readonly DateTimeOffset Now = new(2026, 5, 12, 10, 32, 14, TimeSpan.Zero);

    private readonly CursorSigner _signer = new([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]);
    private readonly FlowCursor _cursor = new(
        Now, Now,
        new FlowKeyset(
            1_778_582_000_123_456,
            new FlowIdentity("31302E302E302E31", 8080, "494E4752455353", "31302E302E302E32", 443, "544350", "414C4C4F57")),
        1, 2, NewestFirst: true);
    private string _text = "";

    [GlobalSetup]
    public void Prepare() => _text = _signer.Write(_cursor);

    [Benchmark]
    public string Write() => _signer.Write(_cursor);

    [Benchmark]
    public object Read() => _signer.Read(_text, Now);
}
