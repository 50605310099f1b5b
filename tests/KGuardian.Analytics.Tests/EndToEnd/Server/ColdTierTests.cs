using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server;

/// <summary>A server with a local node and a cold tier, from its settings.</summary>
public sealed class ColdTierTests
{
    [Fact]
    public async Task Server_with_a_cold_path_keeps_it_over_a_restart_and_does_without_it_while_nothing_is_there()
    {
        using var directory = new TestDirectory();
        var (data, cold) = (Path.Combine(directory.Path, "data"), Path.Combine(directory.Path, "cold"));
        await using (var server = await ServerProcess.StartAsync(data, ("KGUARDIAN_STORAGE__COLDPATH", cold), ("KGUARDIAN_STORAGE__COLDAFTERDAYS", "14")))
        {
            await Patience.UntilAsync("the rule is logged", () =>
                server.Log.Contains("Days of traffic move to the volume cold 14 days after", StringComparison.Ordinal));
            Assert.NotEmpty(Directory.EnumerateFileSystemEntries(cold));
            Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
            await server.Api.LoadedAsync();
            Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));
            Assert.Equal(0, await server.StopAsync());
        }

        // No day is old enough to have moved, so nothing is missing. Nor would one move now that the disk is gone, although the rule is still there.
        await using (var server = await ServerProcess.StartAsync(data))
        {
            Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));
            Assert.Equal(0, await server.Api.PostBatchAsync(RealFlows.Events));
            Assert.Equal(0, await server.StopAsync());
        }

        await using (var server = await ServerProcess.StartAsync(data, ("KGUARDIAN_STORAGE__COLDPATH", cold)))
        {
            Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));
        }
    }
}
