using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Engine;

public class SharedNodeTests
{
    [Fact]
    public async Task CreateDatabase_twice_gives_two_that_are_gone_when_disposed()
    {
        var node = await SharedNode.GetAsync();
        string name;
        await using (var first = await SharedNode.CreateDatabaseAsync())
        await using (var second = await SharedNode.CreateDatabaseAsync())
        {
            name = first.Name;
            Assert.NotEqual(first.Name, second.Name);
            await Sql.RunAsync(first.Endpoint, $"CREATE TABLE {first.Name}.t (a UInt8) ENGINE = MergeTree ORDER BY a");
        }

        Assert.Equal("0", await Sql.RunAsync(node.Endpoint, $"SELECT count() FROM system.databases WHERE name = '{name}'"));
    }
}
