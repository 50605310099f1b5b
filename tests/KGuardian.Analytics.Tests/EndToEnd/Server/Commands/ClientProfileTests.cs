using System.Security.Cryptography.X509Certificates;
using KGuardian.Analytics.Tests.Testing.Network;
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
        await AssertRefusedAsync("token in line 1 of", Propose);
        Write("[a]\nserver = http://127.0.0.1:1\nserver = http://127.0.0.1:2\n");
        await AssertRefusedAsync("line 3 of", Propose);
        Write("[a]\n[a]\n");
        await AssertRefusedAsync("[a] is there already", Propose);
        Write("server = https://127.0.0.1:1\nca-file = /nowhere/ca.pem\n");
        await AssertRefusedAsync("ca-file in line 2 of", Propose);
        Write("server = https://127.0.0.1:1\nclient-key-file = /nowhere/key.pem\n");
        await AssertRefusedAsync("needs the other of certificate and key", Propose);
        Write("[a]\nserver = http://127.0.0.1:1\n");
        await AssertRefusedAsync("there is no profile 'b'", [.. Propose, "--profile", "b"]);
        await AssertRefusedAsync("name one by --server, KGUARDIAN_SERVER", Propose);
        Write("server = nowhere\n");
        await AssertRefusedAsync("must look like http://host:9090", Propose);
    }

    [Fact]
    public async Task Verbs_that_can_do_without_a_server_ask_one_that_is_named_and_never_what_only_stands_in_the_file()
    {
        await using var asked = await OldBroker.StartAsync();
        Write($"server = {asked.Url}\n[other]\nserver = {asked.Url}\n");

        var (exitCode, _, error) = await RunAsync([], "doctor");
        Assert.Equal(1, exitCode);
        Assert.Contains("there is no store in KGUARDIAN_DATA_DIR", error, StringComparison.Ordinal);
        foreach (var (environment, arguments) in new ((string, string)[], string[])[]
            { ([], ["--profile", "other"]), ([("KGUARDIAN_PROFILE", "other")], []), ([("KGUARDIAN_SERVER", asked.Url.ToString())], []) })
        {
            (_, _, error) = await RunAsync(environment, ["doctor", .. arguments]);
            Assert.Contains($"{asked.Url} ", error, StringComparison.Ordinal);
        }

        Task<(int, string, string)> RunAsync((string, string)[] environment, params string[] arguments) => ServerProgram.RunAsync(
            arguments, [("XDG_CONFIG_HOME", _home.Path), ("KGUARDIAN_DATA_DIR", _home.Path), .. environment]);
    }

    [Fact]
    public async Task Servers_behind_https_are_checked_with_the_authorities_that_are_named_and_shown_the_clients_certificate()
    {
        await using var asked = await OldBroker.StartAsync();
        using var authority = new TestAuthority("tests");
        using var client = authority.Issue("me");
        await using var proxy = new TlsProxy(asked.Url, authority.Issue("127.0.0.1"), authority);
        var (ca, certificate, key) = (
            PrivateFile("ca.pem", authority.Pem), PrivateFile("me.pem", client.ExportCertificatePem()),
            PrivateFile("me.key", client.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()));
        Write($"[safe]\nserver = {proxy.Url}\nca-file = {ca}\nclient-certificate-file = {certificate}\nclient-key-file = {key}\n");

        Assert.Null(await TokenAsync(asked, [], "--profile", "safe"));
        var server = ("KGUARDIAN_SERVER", proxy.Url.ToString());
        (string, string)[] shown = [("KGUARDIAN_CLIENT_CERTIFICATE_FILE", certificate), ("KGUARDIAN_CLIENT_KEY_FILE", key)];
        Assert.Null(await TokenAsync(asked, [server, .. shown], "--ca-file", ca));
        var (exitCode, _, error) = await ServerProgram.RunAsync(Propose, [server, .. shown]);
        Assert.True(exitCode == 1 && error.Contains("--ca-file names the authorities", StringComparison.Ordinal), error);
        SetMode(key, UnixFileMode.OtherRead);
        await AssertRefusedAsync($"others may read or write {key} (604)", [.. Propose, "--profile", "safe"]);
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

    private string PrivateFile(string name, string text)
    {
        var path = Path.Combine(_home.Path, name);
        File.WriteAllText(path, text);
        SetMode(path, UnixFileMode.None);
        return path;
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
        SetMode(path, others);
    }

    private static void SetMode(string path, UnixFileMode others)
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("there are no file modes");
            return;
        }

        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
    }
}
