using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>Disks that are full, or cannot be written. A journal alone without space: GroupCommitTests.</summary>
public sealed class DiskTests
{
    [Fact]
    public async Task Full_disk_refuses_new_flows_answers_repeats_and_goes_on_once_freed()
    {
        Needs.Mounts();
        using var disk = MountedDisk.Create(megabytes: 128);
        await using var server = await ServerProcess.StartAsync(Path.Combine(disk.Path, "data"));
        Assert.Equal(104, await server.Api.PostBatchAsync(RealFlows.Events));
        // Brought into ClickHouse: a full disk's reads show what there is.
        await server.Api.LoadedAsync();
        Assert.Equal(RealFlows.Rows, await server.Api.GetRowsAsync("/pod/traffic"));
        await using var load = new FlowLoad(server.Api, clients: 4);
        await load.GrowAsync(500);

        for (var round = 0; round < 2; round++)
        {
            var refused = load.Unavailable;
            disk.Fill();
            await Patience.UntilAsync("new flows are refused", () => load.Unavailable > refused + 8);
            Assert.Equal(0, await server.Api.PostBatchAsync(RealFlows.Events));
            Assert.Equal(104, (await server.Api.GetRowsAsync("/pod/traffic")).Count(RealFlows.Rows.Contains));

            disk.Free();
            await load.GrowAsync(500);
        }

        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: true);
        await server.HealthyAsync();
        Assert.Equal(0, await server.StopAsync());
    }

    [Fact]
    public async Task Server_killed_on_a_full_disk_has_every_acknowledged_flow_once_it_is_freed()
    {
        Needs.Mounts();
        using var disk = MountedDisk.Create(megabytes: 128);
        var data = Path.Combine(disk.Path, "data");
        await using var first = await ServerProcess.StartAsync(data);
        await using var load = new FlowLoad(first.Api, clients: 4);
        await load.GrowAsync(500);
        disk.Fill();
        await Patience.UntilAsync("new flows are refused", () => load.Unavailable > 8);
        await first.KillAsync();

        disk.Free();
        await using var second = await ServerProcess.StartAsync(data);
        load.GoOnWith(second.Api);
        await load.GrowAsync(100);
        await load.EndAsync();
        await load.AssertStoredAsync(second.Api, exact: false);
    }

    [Fact]
    public async Task Data_directory_that_cannot_be_written_ends_the_start_and_names_it()
    {
        Needs.Mounts();
        using var disk = MountedDisk.Create(megabytes: 1, readOnly: true);
        foreach (var directory in new[] { disk.Path, Path.Combine(disk.Path, "data") })
        {
            (string, string)[][] modes = [[], [("KGUARDIAN_CLICKHOUSE_URL", "http://127.0.0.1:1")]];
            foreach (var settings in modes)
            {
                var (exitCode, _, error) = await ServerProgram.RunAsync([], [("LISTEN_ADDR", "127.0.0.1:0"), ("KGUARDIAN_DATA_DIR", directory), .. settings]);

                Assert.InRange(exitCode, 1, 2);
                Assert.Contains(disk.Path, error, StringComparison.Ordinal);
                Assert.Contains("ead-only file system", error, StringComparison.Ordinal);
                Assert.DoesNotContain("Unhandled exception", error, StringComparison.Ordinal);
            }
        }
    }
}
