using KGuardian.Analytics.Tests.Testing.Peers;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary>Where verbs that are clients find their server and token.</summary>
public sealed class ClientProfileTests : IDisposable
{
    private static readonly string[] Propose = ["policy", "propose", "--namespace", "shop"];

    private readonly TestDirectory _home = new();

    [Fact]
    public async Task Server_and_token_are_of_the_option_the_environment_or_the_users_file_in_this_order()
    {
        await using var asked = await OldBroker.StartAsync();
        var address = asked.Url.ToString();
        Write($"# mine\nserver = {address}\ntoken = of-the-file\n\n[other]\nserver = {address}\ntoken-file = {TokenFile("of-other-file")}\n");

        Assert.Equal("Bearer of-the-file", await TokenAsync(asked, []));
        Assert.Equal("Bearer of-other-file", await TokenAsync(asked, [], "--profile", "other"));
        Assert.Equal("Bearer of-other-file", await TokenAsync(asked, [("KGUARDIAN_PROFILE", "other")]));
        Assert.Equal("Bearer of-environment", await TokenAsync(asked, [("KGUARDIAN_TOKEN", "of-environment")]));
        Assert.Equal("Bearer of-option", await TokenAsync(asked, [("KGUARDIAN_TOKEN", "of-environment")], "--token-file", TokenFile("of-option")));
        // A token of the file goes to the server that it stands with, and to no other.
        Write("server = http://127.0.0.1:1\ntoken = of-the-file\n");
        Assert.Null(await TokenAsync(asked, [("KGUARDIAN_SERVER", address)]));
        Assert.Null(await TokenAsync(asked, [], "--server", address));
    }

    [Fact]
    public async Task File_that_others_may_read_or_that_is_wrong_is_refused_without_its_text()
    {
        Write("server = http://127.0.0.1:1\ntoken = very-secret\n", UnixFileMode.GroupRead);
        await AssertRefusedAsync("chmod 600", "import", "postgres", "--from", "postgres://localhost/x");
        Write("server = http://127.0.0.1:1\ntokn = very-secret\n");
        await AssertRefusedAsync("line 2 of", Propose);
        Write("token = ver\"y-secret\n");
        await AssertRefusedAsync("is none: a token has", Propose);
        Write("[a]\nserver = http://127.0.0.1:1\n");
        await AssertRefusedAsync("there is no profile 'b'", [.. Propose, "--profile", "b"]);
        await AssertRefusedAsync("name one by --server, KGUARDIAN_SERVER", Propose);
        Write("server = nowhere\n");
        await AssertRefusedAsync("must look like http://host:9090", Propose);
    }

    public void Dispose() => _home.Dispose();

    /// <summary>What a verb says to the server that it asks.</summary>
    private async Task<string?> TokenAsync(OldBroker asked, (string, string)[] environment, params string[] arguments)
    {
        var before = asked.Posts.Count;
        var policy = Path.Combine(_home.Path, "policy.yaml");
        await File.WriteAllTextAsync(policy, "kind: NetworkPolicy");
        await ServerProgram.RunAsync(
            ["policy", "replay", policy, .. arguments], [("XDG_CONFIG_HOME", _home.Path), ("KGUARDIAN_DATA_DIR", _home.Path), .. environment]);
        Assert.Equal(before + 1, asked.Posts.Count);
        return asked.Posts.Last().Token is { Length: > 0 } token ? token : null;
    }

    private async Task AssertRefusedAsync(string said, params string[] arguments)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(arguments, ("XDG_CONFIG_HOME", _home.Path), ("KGUARDIAN_DATA_DIR", _home.Path));
        Assert.Equal((2, ""), (exitCode, output));
        Assert.Contains(said, error, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", error, StringComparison.Ordinal);
    }

    private string TokenFile(string token)
    {
        var path = Path.Combine(_home.Path, token);
        File.WriteAllText(path, token);
        return path;
    }

    private void Write(string text, UnixFileMode others = UnixFileMode.None)
    {
        var directory = Directory.CreateDirectory(Path.Combine(_home.Path, "kguardian"));
        var path = Path.Combine(directory.FullName, "config");
        File.WriteAllText(path, text);
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("there are no file modes");
            return;
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
    }
}
