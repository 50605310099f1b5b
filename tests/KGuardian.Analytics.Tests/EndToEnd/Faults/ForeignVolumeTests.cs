using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>A data directory that another user wrote, as after a restore of a volume, or with OpenShift's users by number.</summary>
[Collection(PublishedServer.Collection)]
public sealed class ForeignVolumeTests(PublishedServer published)
{
    private const string Group = "30000";

    /// <summary>A volume as it was written with a directory of its user's alone, then made its group's, as Velero and Kubernetes do.</summary>
    [Fact]
    public async Task Volume_made_its_group_s_is_served_by_another_user_of_the_group()
    {
        Needs.Root("setpriv", "chown", "chmod");
        using var volume = new TestDirectory();
        await Command.RunAsync("chown", $"20001:{Group}", volume.Path);
        await Command.RunAsync("chmod", "0755", volume.Path);
        var events = FlowEvent.Many(FlowEvent.NewPod(), 10);
        await using (var first = await StartAsync("20001", Group, volume.Path))
        {
            Assert.Equal(10, await first.Api.PostBatchAsync(events));
            Assert.Equal(0, await first.StopAsync());
        }

        Assert.Equal("-rw-------", await ModeAsync(volume, "clickhouse/users.xml"));
        Assert.Equal("drwx------", await ModeAsync(volume, "clickhouse"));
        await Command.RunAsync("chmod", "--recursive", "g+rwX", volume.Path);
        // One that everybody may read, and that this user cannot change.
        await Command.RunAsync("chmod", "0775", Path.Combine(volume.Path, "clickhouse", "store"));

        await using (var second = await StartAsync("20002", Group, volume.Path))
        {
            Assert.Equal(0, await second.Api.PostBatchAsync(events));
            Assert.Equal(5, await second.Api.PostBatchAsync(FlowEvent.Many(FlowEvent.NewPod(), 5)));
            Assert.Equal(15, await CountAsync(second));
            Assert.Matches($@"warn: \S+\[1007\].*{volume.Path}/clickhouse/store;? ?", second.Log);
            Assert.Matches($@"info: \S+\[1008\].*{volume.Path} ", second.Log);
            var doctor = await second.Api.GetTextAsync("/api/v1/admin/doctor");
            Assert.Contains($"Everybody on this machine may read {volume.Path}/clickhouse/store, which could not be changed", doctor, StringComparison.Ordinal);
            Assert.Equal(0, await second.StopAsync());
        }

        // What the second user wrote is its group's, too: a third needs nobody's help.
        Assert.Equal("-rw-rw----", await ModeAsync(volume, "clickhouse/users.xml"));
        await using var third = await StartAsync("20003", Group, volume.Path);
        Assert.Equal(15, await CountAsync(third));
        Assert.Equal(1, await third.Api.PostBatchAsync(FlowEvent.Many(FlowEvent.NewPod(), 1)));
        Assert.Equal(0, await third.StopAsync());
    }

    /// <summary>A new volume as the kubelet makes it with an fsGroup: root's, the group's to write, what is made there the group's.</summary>
    [Fact]
    public async Task New_volume_of_a_group_goes_from_user_to_user()
    {
        Needs.Root("setpriv", "chown", "chmod");
        using var volume = new TestDirectory();
        await Command.RunAsync("chown", $"0:{Group}", volume.Path);
        await Command.RunAsync("chmod", "2770", volume.Path);
        var events = FlowEvent.Many(FlowEvent.NewPod(), 10);
        await using (var first = await StartAsync("20001", "20001", volume.Path))
        {
            Assert.Equal(10, await first.Api.PostBatchAsync(events));
            Assert.Equal(0, await first.StopAsync());
        }

        Assert.Equal("drwxrws---", await ModeAsync(volume, "clickhouse"));
        Assert.Equal("drwxrws---", await ModeAsync(volume, "journal"));
        Assert.Equal("-rw-rw----", await ModeAsync(volume, "clickhouse/grafana.password"));
        await using var second = await StartAsync("20002", "20002", volume.Path);
        Assert.Equal(0, await second.Api.PostBatchAsync(events));
        Assert.Equal(10, await CountAsync(second));
        Assert.Equal(0, await second.StopAsync());
    }

    [Fact]
    public async Task Volume_that_may_not_be_read_is_refused_and_named()
    {
        Needs.Root("setpriv", "chown", "chmod");
        using var volume = new TestDirectory();
        await Command.RunAsync("chown", $"0:{Group}", volume.Path);
        await Command.RunAsync("chmod", "2770", volume.Path);
        await Command.RunAsync("mkdir", "--mode=0700", Path.Combine(volume.Path, "clickhouse"));

        var (exitCode, output) = await Command.TryAsync(
            [("KGUARDIAN_DATA_DIR", volume.Path), ("LISTEN_ADDR", "127.0.0.1:0")],
            "setpriv", [.. As("20002", Group), Path.Combine(published.Path, "kguardian-analytics")]);

        Assert.Equal(1, exitCode);
        Assert.Contains($"{volume.Path}/clickhouse", output, StringComparison.Ordinal);
        Assert.Contains("denied", output, StringComparison.Ordinal);
    }

    private Task<InstalledServer> StartAsync(string user, string group, string data) => InstalledServer.StartAsync(
        [("KGUARDIAN_DATA_DIR", data)], "setpriv", [.. As(user, group), Path.Combine(published.Path, "kguardian-analytics")]);

    /// <summary>Without rights. The volume's group may be one beside the user's own, as Kubernetes adds an fsGroup.</summary>
    private static string[] As(string user, string group) =>
        ["--reuid", user, "--regid", group, "--groups", Group, "--bounding-set=-all", "--no-new-privs", "--"];

    private static async Task<int> CountAsync(InstalledServer server)
    {
        await server.Api.LoadedAsync();
        return (await server.Api.GetTextAsync("/pod/traffic")).Split("\"uuid\"").Length - 1;
    }

    private static async Task<string> ModeAsync(TestDirectory volume, string path) =>
        (await Command.RunAsync("stat", "--format=%A", Path.Combine(volume.Path, path))).Trim();
}
