using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Packages;

/// <summary>The Debian package: built, installed into a directory that stands for a machine, removed and purged.</summary>
[Collection(PublishedServer.Collection)]
public sealed class DebTests(PublishedServer published)
{
    private static readonly string Build = Repository.At("deploy", "deb", "build.sh");
    private static readonly (string, string) Quickly = ("DEB_COMPRESSION", "1");

    [Fact]
    public async Task Package_has_what_it_should_and_the_same_bytes_each_time()
    {
        Needs.Programs("dpkg-deb", "systemd-sysusers");
        using var directory = new TestDirectory();
        var first = await BuildAsync(published.WithoutEngine, Path.Combine(directory.Path, "1"));
        var second = await BuildAsync(published.WithoutEngine, Path.Combine(directory.Path, "2"));

        Assert.Equal(await File.ReadAllBytesAsync(first), await File.ReadAllBytesAsync(second));
        Assert.StartsWith($"kguardian-analytics_{Repository.Version}_", Path.GetFileName(first), StringComparison.Ordinal);
        var contents = (await Command.RunAsync("dpkg-deb", "--contents", first)).TrimEnd('\n').Split('\n');
        Assert.All(contents, line => Assert.Contains(" root/root ", line, StringComparison.Ordinal));
        // Nobody but root may write anything, and settings are not for everybody to read.
        Assert.All(contents.Where(line => line[0] != 'l'), line => Assert.True(line[5] != 'w' && line[8] != 'w', line));
        Assert.StartsWith(
            "-rw-r-----", contents.Single(line => line.EndsWith("./etc/kguardian-analytics/environment", StringComparison.Ordinal)),
            StringComparison.Ordinal);
        foreach (var path in new[]
        {
            "./usr/lib/kguardian-analytics/kguardian-analytics", "./usr/lib/systemd/system/kguardian-analytics.service",
            "./usr/share/doc/kguardian-analytics/copyright",
        })
        {
            Assert.Contains(contents, line => line.EndsWith(path, StringComparison.Ordinal));
        }

        Assert.Equal(Repository.Version, (await Command.RunAsync("dpkg-deb", "--field", first, "Version")).Trim());
    }

    [Fact]
    public async Task Package_is_installed_removed_and_purged()
    {
        Needs.Mounts();
        using var directory = new TestDirectory();
        var machine = await Machine.CreateAsync(directory.Path);
        var package = await BuildAsync(published.WithoutEngine, directory.Path);

        await machine.DpkgAsync("--install", package);
        var settings = machine.At("etc/kguardian-analytics/environment");
        Assert.Contains("kguardian-analytics:x:", await File.ReadAllTextAsync(machine.At("etc/passwd")), StringComparison.Ordinal);
        Assert.True(
            File.Exists(machine.At("etc/systemd/system/multi-user.target.wants/kguardian-analytics.service"))
            || machine.HasLink("etc/systemd/system/multi-user.target.wants/kguardian-analytics.service"));
        await File.AppendAllTextAsync(settings, "KGUARDIAN_RETENTION__DAYS=7\n");
        Directory.CreateDirectory(machine.At("var/lib/kguardian-analytics"));

        // Again, as an upgrade: what the administrator wrote stays.
        await machine.DpkgAsync("--install", package);
        Assert.Contains("KGUARDIAN_RETENTION__DAYS=7", await File.ReadAllTextAsync(settings), StringComparison.Ordinal);

        await machine.DpkgAsync("--remove", "kguardian-analytics");
        Assert.True(File.Exists(settings));
        Assert.True(Directory.Exists(machine.At("var/lib/kguardian-analytics")));
        Assert.False(File.Exists(machine.At("usr/lib/kguardian-analytics/kguardian-analytics")));

        await machine.DpkgAsync("--purge", "kguardian-analytics");
        Assert.False(Directory.Exists(machine.At("etc/kguardian-analytics")));
        Assert.False(Directory.Exists(machine.At("var/lib/kguardian-analytics")));
        Assert.False(machine.HasLink("etc/systemd/system/multi-user.target.wants/kguardian-analytics.service"));
    }

    /// <summary>The whole package, as it is handed out but for the compression: .NET and the engine are in it.</summary>
    [Fact]
    [Trait("Length", "Long")]
    public async Task Installed_server_starts_as_its_user_keeps_flows_and_ends()
    {
        Needs.Mounts();
        using var directory = new TestDirectory();
        var machine = await Machine.CreateAsync(directory.Path);
        var package = await BuildAsync(null, directory.Path);
        await machine.DpkgAsync("--install", package);
        await Command.RunAsync("chmod", "0755", directory.Path);
        var data = Directory.CreateDirectory(machine.At("var/lib/kguardian-analytics")).FullName;
        var user = (await File.ReadAllLinesAsync(machine.At("etc/passwd")))
            .Single(line => line.StartsWith("kguardian-analytics:", StringComparison.Ordinal))
            .Split(':');
        await Command.RunAsync("chown", $"{user[2]}:{user[3]}", data);

        // As the unit does, with a .NET that is not there: the package brings its own.
        await using var server = await InstalledServer.StartAsync(
            [("KGUARDIAN_DATA_DIR", data), ("DOTNET_ROOT", "/nowhere")], "setpriv", "--reuid", user[2], "--regid", user[3],
            "--clear-groups", "--no-new-privs", "--bounding-set=-all", "--",
            machine.At("usr/lib/kguardian-analytics/kguardian-analytics"));
        await server.Api.PostBatchAsync(FlowEvent.Many(FlowEvent.NewPod(), 10));
        Assert.Equal(10, (await server.Api.GetTextAsync("/pod/traffic")).Split("\"uuid\"").Length - 1);
        Assert.Equal(0, await server.StopAsync());
        await machine.DpkgAsync("--purge", "kguardian-analytics");
        Assert.False(Directory.Exists(data));
    }

    private static async Task<string> BuildAsync(string? from, string to)
    {
        var (exitCode, output) = await Command.TryAsync([Quickly], Build, from is null ? ["--output", to] : ["--published", from, "--output", to]);
        Assert.True(exitCode == 0, output);
        return Directory.GetFiles(to, "*.deb").Single();
    }

    /// <summary>A directory with what a Debian machine has for packages: a database of them, users, and nothing else.</summary>
    private sealed record Machine(string Root)
    {
        public static async Task<Machine> CreateAsync(string directory)
        {
            var machine = new Machine(Path.Combine(directory, "machine"));
            foreach (var folder in new[] { "etc", "usr/lib/sysusers.d", "var/lib/dpkg/info", "var/lib/dpkg/updates", "var/log" })
            {
                Directory.CreateDirectory(machine.At(folder));
            }

            foreach (var file in new[] { "etc/passwd", "etc/group", "etc/shadow", "etc/gshadow", "var/lib/dpkg/status", "var/lib/dpkg/available" })
            {
                await File.WriteAllTextAsync(machine.At(file), "");
            }

            return machine;
        }

        public string At(string path) => Path.Combine(Root, path);

        public bool HasLink(string path) => new FileInfo(At(path)).LinkTarget is not null;

        /// <summary>Dependencies are the real machine's; scripts run outside the directory, and are told of it.</summary>
        public Task<string> DpkgAsync(params string[] arguments) => Command.RunAsync(
            "dpkg", [$"--root={Root}", "--force-script-chrootless", "--force-depends", "--force-confold", "--log=/dev/null", .. arguments]);
    }
}
