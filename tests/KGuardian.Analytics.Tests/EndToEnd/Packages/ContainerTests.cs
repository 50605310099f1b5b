using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Packages;

/// <summary>The published server in a root file system like the image's: see tests/packages/container.sh.</summary>
[Collection(PublishedServer.Collection)]
public sealed class ContainerTests(PublishedServer published)
{
    private static readonly string Script = Repository.At("tests", "packages", "container.sh");

    [Fact]
    public Task Server_works_without_rights_shell_or_a_writable_root() => WorksAsync("1654:1654");

    /// <summary>As OpenShift runs it without an fsGroup, and whoever says --user: nobody has told the image of that user.</summary>
    [Fact]
    public Task Server_works_as_any_user_of_the_group_0() => WorksAsync("1000660000:0");

    private async Task WorksAsync(string user)
    {
        Needs.Mounts();
        var id = user.Split(':')[0];
        using var data = new TestDirectory();
        using var root = new TestDirectory();
        await using var server = await InstalledServer.StartAsync([("CONTAINER_USER", user)], Script, published.Path, data.Path, root.Path);

        await server.Api.PostBatchAsync(FlowEvent.Many(FlowEvent.NewPod(), 10));
        var status = await File.ReadAllTextAsync($"/proc/{server.Id}/status");
        // Inside, as the runtime does, and again if it takes too long on a busy machine.
        await Patience.UntilAsync("the health check is content", async () =>
            await Command.TryAsync(
                [("LISTEN_ADDR", server.Api.Address.Authority), ("CONTAINER_USER", user)],
                Script, published.Path, data.Path, root.Path, "healthcheck")
                is (0, "Healthy!\n"));

        Assert.Contains($"Uid:\t{id}\t{id}\t{id}\t{id}", status, StringComparison.Ordinal);
        Assert.Contains("CapEff:\t0000000000000000", status, StringComparison.Ordinal);
        await server.Api.LoadedAsync();
        Assert.Equal(10, (await server.Api.GetTextAsync("/pod/traffic")).Split("\"uuid\"").Length - 1);
        Assert.Equal(0, await server.StopAsync());
        Assert.DoesNotContain("Read-only file system", server.Log, StringComparison.Ordinal);
        Assert.DoesNotContain("Permission denied", server.Log, StringComparison.Ordinal);
    }
}
