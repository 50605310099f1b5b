using System.Globalization;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Engine;

/// <summary>The codes are those that ClickHouse itself names so.</summary>
public sealed class ClickHouseErrorCodesTests
{
    [Fact]
    public async Task Codes_have_the_names_that_ClickHouse_gives_them()
    {
        var node = await SharedNode.GetAsync();
        foreach (var (code, name) in ClickHouseErrorCodes.StoreFaults)
        {
            Assert.Equal(name, (await Sql.RunAsync(node.Endpoint, string.Create(CultureInfo.InvariantCulture, $"SELECT errorCodeToName({code})"))).Trim());
        }
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(202, true)]
    [InlineData(241, true)]
    [InlineData(243, true)]
    [InlineData(252, true)]
    [InlineData(159, true)]
    [InlineData(164, true)]
    [InlineData(242, true)]
    [InlineData(516, true)]
    [InlineData(47, false)]
    [InlineData(62, false)]
    [InlineData(43, false)]
    [InlineData(36, false)]
    [InlineData(53, false)]
    [InlineData(386, false)]
    public void Faults_of_the_store_may_pass_and_mistakes_of_ours_do_not(int code, bool isStoreFault) =>
        Assert.Equal(isStoreFault, ClickHouseErrorCodes.IsStoreFault(code));
}
