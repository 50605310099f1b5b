using System.Net;
using System.Text;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Auth;

/// <summary>What is a token, and what only stands where one should be.</summary>
public sealed class TokenFormTests
{
    [Fact]
    public async Task Line_ends_and_comments_are_no_part_of_a_token_and_a_file_that_breaks_leaves_its_last_ones()
    {
        await using var store = await RemoteStore.CreateAsync();
        var file = Path.Combine(store.DataDirectory, "admins");
        await File.WriteAllTextAsync(file, "# Ansible managed\r\n\r\n  admin-of-all=\r\n", new UTF8Encoding(encoderShouldEmitUTF8Identifier: true));
        await using var server = await store.StartServerAsync(("BROKER_AUTH_TOKEN", "sesame\n"), ("KGUARDIAN_AUTH__ADMINTOKENFILE", file));

        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Api, "/pod/traffic", "Bearer sesame"));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Api, "/api/events/audit", "bEARER admin-of-all="));
        foreach (var none in new[] { "# Ansible managed", "#", "Ansible" })
        {
            Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server.Api, "/api/events/audit", $"Bearer {none}"));
        }

        await File.WriteAllTextAsync(file, "new-admin\nnot a token\n");
        await Patience.UntilAsync("the file is found to be broken", async () =>
        {
            Assert.Equal(HttpStatusCode.OK, await StatusAsync(server.Api, "/api/events/audit", "Bearer admin-of-all="));
            return await server.Api.GetMetricAsync("kguardian_token_files_unusable") > 0;
        });
        Assert.Equal(HttpStatusCode.Unauthorized, await StatusAsync(server.Api, "/api/events/audit", "Bearer new-admin"));
        Assert.Contains(
            "line 2 is no token", await server.Api.GetTextAsync("/api/v1/admin/doctor", ("Authorization", "Bearer sesame")),
            StringComparison.Ordinal);
        await Patience.UntilAsync("the log names the line", () => server.Log.Contains("its line 2 is no token", StringComparison.Ordinal));
        Assert.DoesNotContain("not a token", server.Log, StringComparison.Ordinal);

        await File.WriteAllTextAsync(file, "new-admin\n");
        await Patience.UntilAsync(
            "the file is mended", async () => await StatusAsync(server.Api, "/api/events/audit", "Bearer new-admin") == HttpStatusCode.OK);
        Assert.Equal(0, await server.Api.GetMetricAsync("kguardian_token_files_unusable"));
    }

    [Theory]
    [InlineData("two words")]
    [InlineData("short")]
    [InlineData("s\u00E9same")]
    [InlineData("comma,comma")]
    [InlineData("equals=inside")]
    [InlineData("======")]
    [InlineData("# Ansible managed")]
    public void Variable_that_is_no_token_is_refused_at_start_without_showing_it(string value)
    {
        var e = Refused($"--BROKER_AUTH_TOKEN={value}");

        Assert.StartsWith("BROKER_AUTH_TOKEN = '********' cannot be used: a token has 6 to", e.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(value, e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sesame")]
    [InlineData("\n sesame\r\n")]
    [InlineData("AZaz09-._~+/==")]
    public void Variable_that_is_a_token_is_taken(string value) =>
        Assert.Equal(value.Trim(), SettingsReader.Read(Configuration.Read([$"--BROKER_AUTH_TOKEN={value}"])).AuthToken);

    [Theory]
    [InlineData("BROKER_AUTH_TOKEN_FILE")]
    [InlineData("Auth:IngestTokenFile")]
    [InlineData("Auth:ReadTokenFile")]
    [InlineData("Auth:AdminTokenFile")]
    public async Task File_with_a_line_that_is_no_token_is_refused_at_start_naming_file_and_line(string setting)
    {
        using var directory = new TestDirectory();
        var file = Path.Combine(directory.Path, "tokens");
        foreach (var line in new[] { "Ansible managed", "tiny", "p\u00E4ssword", "a\u0000bcdefg", "-----BEGIN CERTIFICATE-----!" })
        {
            await File.WriteAllTextAsync(file, $"# of agents\n\nagent-token\n{line}\n");

            var e = Refused($"--{setting}={file}");

            Assert.StartsWith($"{setting} = '{file}' cannot be used: its line 4 is no token", e.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(line, e.Message, StringComparison.Ordinal);
        }

        foreach (var empty in new[] { "", " \r\n", "# only a comment\n" })
        {
            await File.WriteAllTextAsync(file, empty);
            Assert.StartsWith($"{setting} = '{file}'", Refused($"--{setting}={file}").Message, StringComparison.Ordinal);
        }

        await File.WriteAllTextAsync(file, "# several: the first is what commands send\r\nagent-token\r\nother-token");
        var settings = SettingsReader.Read(Configuration.Read([$"--{setting}={file}"]));
        Assert.Equal(["agent-token", "other-token"], Assert.Single(settings.TokenFiles()).Read());
        Assert.Equal(setting == "BROKER_AUTH_TOKEN_FILE" ? "agent-token" : null, settings.AuthToken);
    }

    [Theory]
    [InlineData("BROKER_AUTH_TOKEN")]
    [InlineData("CLICKHOUSE_PASSWORD")]
    [InlineData("CLICKHOUSE_USER")]
    [InlineData("Node:GrafanaPassword")]
    [InlineData("Node:ReadOnlyPassword")]
    [InlineData("Storage:ColdS3AccessKey")]
    [InlineData("Storage:ColdS3SecretKey")]
    public void Secret_of_white_space_is_refused_naming_its_setting(string setting)
    {
        var e = Refused($"--{setting}= \r\n");

        Assert.StartsWith($"{setting} = '********' cannot be used: it must hold more than white space", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Line_ends_are_no_part_of_the_name_and_password_of_ClickHouses_user()
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync(
            ("KGUARDIAN_CLICKHOUSE_USER", store.Endpoint.User + "\r\n"), ("KGUARDIAN_CLICKHOUSE_PASSWORD", $"\n{store.Endpoint.Password}\n"));

        Assert.Equal("[\n\n]\n", await server.Api.GetTextAsync("/pod/traffic"));
    }

    private static SettingsException Refused(string argument) => Assert.Throws<SettingsException>(() => SettingsReader.Read(Configuration.Read([argument])));

    private static async Task<HttpStatusCode> StatusAsync(ApiClient api, string path, string authorization)
    {
        using var answer = await ApiClient.PatientlyAsync(() => api.GetAsync(path, ("Authorization", authorization)));
        return answer.StatusCode;
    }
}
