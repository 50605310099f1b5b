using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Export;

namespace KGuardian.Analytics.Tests.Unit.Server.Export;

/// <summary>Relative times in an export's filter: the same for every part, whenever it is made.</summary>
public sealed class FilterMomentTests
{
    private static readonly DateTimeOffset Moment = new(2026, 5, 12, 10, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("pod = api and time < -1h", "pod = api and time < 2026-05-12T09:00:00.000000Z")]
    [InlineData("last_seen >= -7d", "last_seen >= 2026-05-05T10:00:00.000000Z")]
    public void Relative_times_count_from_the_moment(string filter, string expected) => Assert.Equal(expected, ExportRun.AsOf(filter, Moment));

    [Theory]
    [InlineData(null)]
    [InlineData("  pod =  'api'")]
    [InlineData("time < 2026-05-12")]
    public void Others_stay_as_they_were_typed(string? filter) => Assert.Equal(filter, ExportRun.AsOf(filter, Moment));

    [Fact]
    public void What_is_no_filter_is_said() =>
        Assert.StartsWith("--filter: ", Assert.Throws<UsageException>(() => ExportRun.AsOf("pod_nam = x", Moment)).Message, StringComparison.Ordinal);
}
