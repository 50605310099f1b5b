using System.Globalization;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>MB/s of benchmarks that read a body; their mean is the time of one of its events.</summary>
internal sealed class BodySpeedColumn : IColumn
{
    public string Id => nameof(BodySpeedColumn);

    public string ColumnName => "MB/s";

    public bool AlwaysShow => true;

    public ColumnCategory Category => ColumnCategory.Custom;

    public int PriorityInCategory => 0;

    public bool IsNumeric => true;

    public UnitType UnitType => UnitType.Dimensionless;

    public string Legend => "Megabytes (10^6) of the JSON body a second, on one thread";

    public bool IsAvailable(Summary summary) => summary.BenchmarksCases.Any(ReadsBody);

    public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase) => GetValue(summary, benchmarkCase, summary.Style);

    public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style)
    {
        if (!ReadsBody(benchmarkCase) || summary[benchmarkCase]?.ResultStatistics is not { } time)
        {
            return "-";
        }

        var kind = (BodyKind)benchmarkCase.Parameters[nameof(EventParserBenchmarks.Body)];
        // Bytes a nanosecond are gigabytes a second.
        var speed = (double)EventBodies.Of(kind).Length / EventBodies.Events / time.Mean * 1000;
        return speed.ToString("0", CultureInfo.InvariantCulture);
    }

    private static bool ReadsBody(BenchmarkCase benchmark) => benchmark.Descriptor.Type == typeof(EventParserBenchmarks);
}
