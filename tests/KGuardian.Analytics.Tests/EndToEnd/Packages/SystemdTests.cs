using System.Globalization;
using System.Text.RegularExpressions;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Packages;

/// <summary>The systemd unit, as systemd's own tools see it.</summary>
public sealed class SystemdTests
{
    private static readonly string Unit = Repository.At("deploy", "systemd", "kguardian-analytics.service");

    [Fact]
    public async Task Unit_is_one_that_systemd_understands()
    {
        Needs.Programs("systemd-analyze");
        using var root = new TestDirectory();
        var copy = Path.Combine(root.Path, "kguardian-analytics.service");
        // verify wants the program to exist.
        await File.WriteAllTextAsync(
            copy,
            (await File.ReadAllTextAsync(Unit)).Replace("/usr/lib/kguardian-analytics/kguardian-analytics", "/bin/true", StringComparison.Ordinal));

        var (exitCode, output) = await Command.TryAsync([], "systemd-analyze", "verify", "--man=no", copy);

        Assert.Equal(0, exitCode);
        Assert.DoesNotContain("kguardian-analytics.service", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Exposure_is_low()
    {
        Needs.Programs("systemd-analyze");
        var output = await Command.RunAsync("systemd-analyze", "security", "--offline=yes", "--no-pager", Unit);

        var exposure = Regex.Match(output, @"Overall exposure level for kguardian-analytics.service: (\d+\.\d+)");
        Assert.True(exposure.Success, output);
        Assert.True(double.Parse(exposure.Groups[1].Value, CultureInfo.InvariantCulture) <= 2.0, output);
    }

    /// <summary>The unit's times are longer than what the server takes at most, by its defaults.</summary>
    [Fact]
    public void Stop_is_given_the_time_that_the_server_takes()
    {
        var seconds = int.Parse(
            Regex.Match(File.ReadAllText(Unit), @"^TimeoutStopSec=(\d+)$", RegexOptions.Multiline).Groups[1].Value, CultureInfo.InvariantCulture);

        var settings = new KGuardian.Analytics.Server.Settings.ServerSettings();
        Assert.True(seconds > (settings.ShutdownTimeout + settings.Node.StopTimeout).TotalSeconds);
    }
}
