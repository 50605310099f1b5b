using System.Net;
using System.Text;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Hostile;

/// <summary>Tokens of every shape, and secrets, which show nowhere.</summary>
public sealed class SecretTests
{
    private const string Everything = "s3cret-of-everything";
    private const string Reader = "s3cret-of-the-reader";
    private const string Wrong = "s3cret-guessed";

    [Fact]
    public async Task Token_of_any_shape_but_the_right_one_is_401()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(("BROKER_AUTH_TOKEN", Everything));
        foreach (var header in new[]
        {
            "", "Bearer", "Bearer ", "Bearer\t", $"Bearer {Wrong}", $"Bearer {Everything}x", $"Bearer {Everything[..^1]}",
            $"Bearer {Everything} {Everything}", $"Bearer {Everything},{Everything}", $"Bearer Bearer {Everything}", $"Basic {Everything}",
            $"Basic {Convert.ToBase64String(Encoding.ASCII.GetBytes($":{Everything}"))}", $"Token {Everything}", Everything,
            $"\"Bearer {Everything}\"", $"Bearer \"{Everything}\"", $"Bearer{Everything}", $"Bearer {Everything.ToUpperInvariant()}",
            $"Bearer {new string('a', 16_000)}", $"Bearer {Everything}{new string('a', 16_000)}", "Bearer é", "Bearer \u0430", "Bearer 🙂",
            $"Bearer {Everything}\u00a0", "Bearer ' OR 1=1 --", "Bearer *", "Bearer null",
        })
        {
            var answer = await AskAsync(server, $"Authorization: {header}\r\n");
            Assert.True(answer.Status is 400 or 401, $"{header}: {answer.Text}");
        }

        Assert.Equal(401, (await AskAsync(server, "")).Status);
        Assert.Equal(401, (await AskAsync(server, $"Authorization: Bearer {Wrong}\r\nAuthorization: Bearer {Everything}\r\n")).Status);
        Assert.Equal(431, (await AskAsync(server, $"Authorization: Bearer {new string('a', 100_000)}\r\n")).Status);
        Assert.Equal(401, (await AskAsync(server, "", $"/version?access_token={Everything}&token={Everything}")).Status);
        Assert.Equal(200, (await AskAsync(server, $"Authorization: Bearer {Everything}\r\n")).Status);
        Assert.Equal(200, (await AskAsync(server, $"authorization:   bEARER   {Everything}  \r\n")).Status);
    }

    [Fact]
    public async Task Secrets_show_in_no_answer_no_metric_and_no_line_of_the_log()
    {
        await using var store = await RemoteStore.CreateAsync();
        var file = Path.Combine(store.DataDirectory, "readers");
        await File.WriteAllTextAsync(file, Reader);
        await using var relay = new TcpRelay(store.Endpoint.Url);
        await using var server = await ServerProcess.StartAsync(
            store.DataDirectory,
            [
                .. store.SettingsAt(relay.Address), ("BROKER_AUTH_TOKEN", Everything), ("KGUARDIAN_AUTH__READTOKENFILE", file),
                ("Logging__LogLevel__Default", "Trace"), ("Logging__LogLevel__KGuardian", "Trace"), ("Logging__LogLevel__Microsoft", "Trace"),
                ("Logging__LogLevel__System", "Trace"),
            ]);
        var answers = new StringBuilder();
        await AskEverythingAsync(server, answers);
        relay.GoAway();
        await Patience.UntilAsync("ClickHouse is away", async () => (await server.Api.GetAsync("/health")).StatusCode == HttpStatusCode.ServiceUnavailable);
        await AskEverythingAsync(server, answers);
        relay.Open();
        await server.HealthyAsync();
        await File.WriteAllTextAsync(file, Reader + "-rotated\n");
        await Patience.UntilAsync("the file is read again", async () => (await AskAsync(server, $"Authorization: Bearer {Reader}-rotated\r\n")).Status == 200);
        Assert.Equal(401, (await AskAsync(server, $"Authorization: Bearer {Reader}\r\n")).Status);
        await AskEverythingAsync(server, answers);
        Assert.Equal(0, await server.StopAsync());

        var shown = answers + server.Log;
        // It was a run with something to tell.
        Assert.Contains("kguardian_tokens_refused_total", shown, StringComparison.Ordinal);
        Assert.Contains("dbug", server.Log, StringComparison.Ordinal);
        var password = store.Endpoint.Password;
        foreach (var secret in new[]
        {
            Everything, Reader, Wrong, password, Convert.ToBase64String(Encoding.UTF8.GetBytes($"{store.Endpoint.User}:{password}")),
        })
        {
            var at = shown.IndexOf(secret, StringComparison.Ordinal);
            Assert.True(at < 0, at < 0 ? "" : shown[Math.Max(0, at - 300)..at]);
        }
    }

    [Fact]
    public async Task Check_and_refused_starts_show_no_secret()
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(
            ["--check"], ("BROKER_AUTH_TOKEN", Everything), ("KGUARDIAN_CLICKHOUSE_URL", "http://127.0.0.1:1"),
            ("KGUARDIAN_CLICKHOUSE_PASSWORD", Reader), ("KGUARDIAN_NODE__READONLYPASSWORD", Wrong));
        Assert.Equal(0, exitCode);
        var refused = await ServerProgram.RunAsync(
            ["--check"], ("KGUARDIAN_CLICKHOUSE_URL", $"http://user:{Reader}@host:1"), ("KGUARDIAN_NODE__READONLYPASSWORD", "s3cret-"));
        Assert.Equal(2, refused.ExitCode);
        var (_, _, tooShort) = await ServerProgram.RunAsync(["--check"], ("KGUARDIAN_NODE__READONLYPASSWORD", "s3cret-"));
        Assert.DoesNotContain("s3cret", output + error + refused.Output + refused.Error + tooShort, StringComparison.Ordinal);
    }

    private static async Task AskEverythingAsync(ServerProcess server, StringBuilder answers)
    {
        foreach (var (method, pattern) in await ServerRoutes.ReadAsync())
        {
            foreach (var token in new[] { Everything, Reader, Wrong })
            {
                var answer = await AskAsync(server, $"Authorization: Bearer {token}\r\n", pattern, method);
                answers.AppendLine(answer.Text);
                answers.AppendLine((await AskAsync(server, $"Authorization: Bearer {token}\r\n", $"{pattern}?limit=x&filter=pod&from=x&days=x", method)).Text);
            }
        }
    }

    private static Task<RawAnswer> AskAsync(ServerProcess server, string headers, string target = "/version", string method = "GET") =>
        RawAnswer.ToAsync(
            server.Api.Address, Encoding.UTF8.GetBytes(
                $"{method} {target.Replace("{name}", "x", StringComparison.Ordinal)} HTTP/1.1\r\nHost: test\r\nConnection: close\r\n"
                + $"{headers}{(method is "POST" or "PUT" ? "Content-Length: 0\r\nContent-Type: application/json\r\n" : "")}\r\n"),
            whole: true);
}
