using BenchmarkDotNet.Attributes;
using KGuardian.Analytics.Query.Filters;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>Time a filter: read from its text, and rendered as SQL with bound values and as its own text.</summary>
[MemoryDiagnoser]
public class FilterBenchmarks
{
    private string _text = "";
    private FlowFilter _filter = FlowFilter.Everything;

    [Params("one field", "six fields", "100 addresses")]
    public string Expression { get; set; } = "";

    [GlobalSetup]
    public void Prepare()
    {
        _text = Expression switch
        {
            "one field" => "pod = cart-api-1",
            "six fields" => "namespace = payments and (peer_port in (80, 443) or not protocol = udp) and peer_ip in 10.0.0.0/8 "
                + "and decision = DROP and pod startsWith \"cart-\"",
            _ => $"peer_ip in ({string.Join(", ", Enumerable.Range(0, 100).Select(i => $"10.1.2.{i}"))})",
        };
        _filter = FlowFilter.Parse(_text);
    }

    [Benchmark]
    public object Parse() => FlowFilter.Parse(_text);

    [Benchmark]
    public object RenderSql() => FilterSql.Render(_filter);

    [Benchmark]
    public string ParseAndRenderText() => FlowFilter.Parse(_text).ToString();
}
