using System.Text.Json;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Settings;

/// <summary>The program's command line: what it shows, and what it refuses.</summary>
public sealed class CommandLineTests
{
    [Fact]
    public async Task Check_prints_the_effective_settings_with_secrets_masked()
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(
            ["--check", "--Ingest:MaxBodyBytes=2048", "--Node:MemoryShare=0.25"],
            ("BROKER_AUTH_TOKEN", "secret-token"), ("KGUARDIAN_NODE__READONLYPASSWORD", "secret-reader"),
            ("KGUARDIAN_NODE__GRAFANAPASSWORD", "secret-grafana"), ("KGUARDIAN_NODE__GRAFANAMAXEXECUTIONTIME", "0:02:00"), ("LISTEN_ADDR", "127.0.0.1:1234"),
            ("KGUARDIAN_INGEST__MAXBODYBYTES", "4096"), ("KGUARDIAN_DEDUP__MEMORYBYTES", "65536"), ("KGUARDIAN_DATA_DIR", "/tmp/kguardian-check"));

        Assert.Equal((0, ""), (exitCode, error));
        var settings = JsonDocument.Parse(output).RootElement;
        Assert.Equal("127.0.0.1:1234", settings.GetProperty("LISTEN_ADDR").GetString());
        Assert.Equal("********", settings.GetProperty("BROKER_AUTH_TOKEN").GetString());
        Assert.Equal("********", settings.GetProperty("Node").GetProperty("ReadOnlyPassword").GetString());
        Assert.Equal("********", settings.GetProperty("Node").GetProperty("GrafanaPassword").GetString());
        Assert.Equal("00:02:00", settings.GetProperty("Node").GetProperty("GrafanaMaxExecutionTime").GetString());
        Assert.Equal(0.25, settings.GetProperty("Node").GetProperty("MemoryShare").GetDouble());
        // The command line wins over the environment.
        Assert.Equal(2048, settings.GetProperty("Ingest").GetProperty("MaxBodyBytes").GetInt64());
        Assert.Equal(65536, settings.GetProperty("Dedup").GetProperty("MemoryBytes").GetInt64());
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
        Assert.False(Directory.Exists("/tmp/kguardian-check"), "checking writes nothing");
    }

    [Fact]
    public async Task Check_of_a_remote_ClickHouse_masks_its_password()
    {
        var (exitCode, output, _) = await ServerProgram.RunAsync(
            ["--check"], ("KGUARDIAN_CLICKHOUSE_URL", "https://clickhouse.example:8443"), ("KGUARDIAN_CLICKHOUSE_USER", "writer"),
            ("KGUARDIAN_CLICKHOUSE_PASSWORD", "secret"));

        var settings = JsonDocument.Parse(output).RootElement;
        Assert.Equal(0, exitCode);
        Assert.Equal("https://clickhouse.example:8443/", settings.GetProperty("KGUARDIAN_CLICKHOUSE_URL").GetString());
        Assert.Equal("writer", settings.GetProperty("KGUARDIAN_CLICKHOUSE_USER").GetString());
        Assert.Equal("********", settings.GetProperty("KGUARDIAN_CLICKHOUSE_PASSWORD").GetString());
        Assert.Equal(JsonValueKind.Null, settings.GetProperty("Node").ValueKind);
        Assert.DoesNotContain("secret", output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_shows_addresses_and_storage_without_keys()
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(
            ["--check", "--ClickHouse:Endpoints=https://a:8443, https://b:8443", "--Storage:Policy=tiered", "--Storage:ColdAfterDays=14"]);
        Assert.Equal((0, ""), (exitCode, error));
        var settings = JsonDocument.Parse(output).RootElement;
        Assert.Equal(
            ["https://a:8443/", "https://b:8443/"],
            settings.GetProperty("ClickHouse").GetProperty("Endpoints").EnumerateArray()
                .Select(address => address.GetString()));
        Assert.Equal(
            ("tiered", 14),
            (settings.GetProperty("Storage").GetProperty("Policy").GetString(), settings.GetProperty("Storage").GetProperty("ColdAfterDays").GetInt32()));

        (exitCode, output, error) = await ServerProgram.RunAsync(
            ["--check", "--Storage:ColdS3Endpoint=https://s3.example/bucket/x", "--Storage:ColdS3AccessKey=hidden-1", "--Storage:ColdS3SecretKey=hidden-2"]);
        Assert.Equal((0, ""), (exitCode, error));
        Assert.Equal("https://s3.example/bucket/x/", JsonDocument.Parse(output).RootElement.GetProperty("Storage").GetProperty("ColdS3Endpoint").GetString());
        Assert.DoesNotContain("hidden", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KGUARDIAN_CLICKHOUSE_URL=http://a:8123 --ClickHouse:Endpoints=http://b:8123", "ClickHouse:Endpoints")]
    [InlineData("KGUARDIAN_CLICKHOUSE_URL=http://a:8123 --Storage:ColdPath=/cold", "Storage:ColdPath")]
    [InlineData("LISTEN_ADDR=127.0.0.1:0 --Storage:ColdPath=/cold --Storage:ColdS3Endpoint=http://a/b", "Storage:ColdS3Endpoint")]
    [InlineData("LISTEN_ADDR=127.0.0.1:0 --Exports:S3Endpoint=s3://bucket/", "Exports:S3Endpoint")]
    [InlineData("LISTEN_ADDR=127.0.0.1:0 --Exports:S3Region=eu-central-1", "Exports:S3Region")]
    [InlineData("LISTEN_ADDR=127.0.0.1:0 --Exports:S3Endpoint=http://a/b --Exports:S3AccessKey=k", "Exports:S3SecretKey")]
    [InlineData("LISTEN_ADDR=127.0.0.1:0 --ClickHouse:ClientKeyFile=/dev/null", "ClickHouse:ClientCertificateFile")]
    public async Task Settings_that_cannot_go_together_exit_2_naming_one(string settings, string name)
    {
        var variable = settings.Split(' ')[0].Split('=', 2);
        var (exitCode, output, error) = await ServerProgram.RunAsync(["--check", .. settings.Split(' ')[1..]], (variable[0], variable[1]));

        AssertRefused(exitCode, output, error, name);
    }

    [Theory]
    [InlineData("--help")]
    [InlineData("-h")]
    [InlineData("help")]
    public async Task Help_names_every_setting(string verb)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync([verb]);

        Assert.Equal((0, ""), (exitCode, error));
        string[] names =
        [
            "LISTEN_ADDR", "BROKER_AUTH_TOKEN", "KGUARDIAN_DATA_DIR", "KGUARDIAN_CLICKHOUSE_URL", "KGUARDIAN_CLICKHOUSE_USER", "KGUARDIAN_CLICKHOUSE_PASSWORD",
            "_FILE", "MaxBodyBytes", "MemoryBytes", "DefaultLimit", "MemoryShare", "HttpPort", "ReadOnlyPassword", "--check",
            "Endpoints", "CaFile", "TlsServerName", "ClientCertificateFile", "ClientKeyFile", "ColdPath", "ColdS3Endpoint", "ColdAfterDays", "Codec", "Policy",
            .. SettingsReader.Names().Where(name => !IsFileOfSecret(name)).Select(name => name[(name.LastIndexOf(':') + 1)..]),
        ];
        Assert.All(names, name => Assert.Contains(name, output, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("LISTEN_ADDR", "nowhere", "0.0.0.0:9090")]
    [InlineData("LISTEN_ADDR", "127.0.0.1", "0.0.0.0:9090")]
    [InlineData("LISTEN_ADDR", "127.0.0.1:70000", "0.0.0.0:9090")]
    [InlineData("LISTEN_ADDR", "", "0.0.0.0:9090")]
    [InlineData("KGUARDIAN_DATA_DIR", "", "directory")]
    [InlineData("KGUARDIAN_CLICKHOUSE_URL", "localhost:8123", "http://host:8123")]
    [InlineData("KGUARDIAN_CLICKHOUSE_URL", "tcp://localhost:9000", "http://host:8123")]
    [InlineData("KGUARDIAN_CLICKHOUSE_URL", "http://localhost:8123/?user=x", "http://host:8123")]
    [InlineData("KGUARDIAN_CLICKHOUSE__ENDPOINTS", "http://a:8123,localhost", "commas between")]
    [InlineData("KGUARDIAN_CLICKHOUSE__ENDPOINTS", "http://a:8123,", "commas between")]
    [InlineData("KGUARDIAN_CLICKHOUSE__ENDPOINTS", "http://a:8123/, http://a:8123", "twice")]
    [InlineData("KGUARDIAN_CLICKHOUSE__CAFILE", "/nowhere/ca.pem", "PEM")]
    [InlineData("KGUARDIAN_CLICKHOUSE__CAFILE", "/dev/null", "PEM")]
    [InlineData("KGUARDIAN_CLICKHOUSE__TLSSERVERNAME", "a b", "host name")]
    [InlineData("KGUARDIAN_TRAFFIC__CONTRACT", "newest", "documented, upstream-2026-09")]
    [InlineData("EVALUATOR_URL", "evaluator:9090", "http://evaluator:9090")]
    [InlineData("KGUARDIAN_VERDICTS__EVALUATORURL", "http://evaluator/?a=b", "without user info, query and fragment")]
    [InlineData("AUDIT_INFLIGHT_PERMITS", "0", "1 to 1024")]
    [InlineData("KGUARDIAN_VERDICTS__TIMEOUT", "0:00:00", "00:00:00.001")]
    [InlineData("KGUARDIAN_RETENTION__VERDICTDAYS", "-1", "36500")]
    [InlineData("KGUARDIAN_UPSTREAM__BROKERURL", "kguardian-broker:9090", "http://kguardian-broker:9090")]
    [InlineData("KGUARDIAN_STORAGE__POLICY", "tiered", "Storage:ColdPath")]
    [InlineData("KGUARDIAN_STORAGE__COLDAFTERDAYS", "-1", "36500")]
    [InlineData("KGUARDIAN_STORAGE__CODEC", "ZSTD(23)", "ZSTD(22)")]
    [InlineData("KGUARDIAN_STORAGE__CODEC", "GZIP", "LZ4")]
    [InlineData("KGUARDIAN_STORAGE__COLDS3ENDPOINT", "s3://bucket", "https://s3.example/bucket")]
    [InlineData("BROKER_AUTH_TOKEN_FILE", "/nowhere/token", "readable file")]
    [InlineData("KGUARDIAN_HTTP__TRUSTEDPROXIES", "proxy.example", "10.244.0.0/16")]
    [InlineData("KGUARDIAN_HTTP__TRUSTEDPROXIES", "10.0.0.1,", "10.244.0.0/16")]
    [InlineData("KGUARDIAN_HTTP__TRUSTEDPROXIES", "10.0.0.0/33", "10.244.0.0/16")]
    [InlineData("KGUARDIAN_HTTP__PATHBASE", "kguardian", "/kguardian")]
    [InlineData("KGUARDIAN_HTTP__PATHBASE", "/kguardian/", "/kguardian")]
    [InlineData("KGUARDIAN_HTTP__PATHBASE", "/a b", "/kguardian")]
    [InlineData("KGUARDIAN_QUERY__QUEUETIME", "-0:00:01", "0:00:00 for off")]
    [InlineData("KGUARDIAN_CLICKHOUSE__DATABASE", "a b", "letters")]
    [InlineData("KGUARDIAN_CLICKHOUSE__CLUSTER", "a'b", "remote_servers")]
    [InlineData("KGUARDIAN_CLICKHOUSE__CLUSTER", "shards", "ClickHouse:Endpoints")]
    [InlineData("KGUARDIAN_ROLE", "reader", "all")]
    [InlineData("KGUARDIAN_INGEST__SERVERS", "2", "one, several")]
    [InlineData("KGUARDIAN_INGEST__MAXBODYBYTES", "1", "1024")]
    [InlineData("KGUARDIAN_INGEST__MAXBODYBYTES", "many", "1024")]
    [InlineData("KGUARDIAN_INGEST__LOADINTERVAL", "500", "hh:mm:ss")]
    [InlineData("KGUARDIAN_INGEST__LOADINTERVAL", "-00:00:01", "hh:mm:ss")]
    [InlineData("KGUARDIAN_DEDUP__MEMORYBYTES", "65535", "65536")]
    [InlineData("KGUARDIAN_TRAFFIC__DEFAULTLIMIT", "0", "1")]
    [InlineData("KGUARDIAN_QUERY__MAXCONCURRENTPERCLIENT", "0", "1")]
    [InlineData("KGUARDIAN_QUERY__QUEUEPERCLIENT", "-1", "0")]
    [InlineData("KGUARDIAN_QUERY__CACHETIME", "-0:00:01", "0:00:00 for off")]
    [InlineData("KGUARDIAN_QUERY__CACHEBYTES", "1", "1048576")]
    [InlineData("KGUARDIAN_QUERY__TIMELIMIT", "0:00:00", "00:00:00.001")]
    [InlineData("KGUARDIAN_NODE__HTTPPORT", "70000", "65535")]
    [InlineData("KGUARDIAN_NODE__GRAFANAMAXEXECUTIONTIME", "0:00:01.5", "whole seconds")]
    [InlineData("KGUARDIAN_NODE__GRAFANAMAXEXECUTIONTIME", "60", "hh:mm:ss")]
    [InlineData("KGUARDIAN_NODE__GRAFANAMAXROWSTOREAD", "0", "1")]
    [InlineData("KGUARDIAN_NODE__GRAFANAMAXRESULTROWS", "none", "1")]
    [InlineData("KGUARDIAN_NODE__GRAFANAMAXMEMORYBYTES", "1", "16777216")]
    [InlineData("KGUARDIAN_NODE__MEMORYSHARE", "0", "0.05")]
    [InlineData("KGUARDIAN_NODE__MEMORYSHARE", "0.01", "0.05")]
    [InlineData("KGUARDIAN_NODE__MEMORYSHARE", "1", "0.9")]
    [InlineData("KGUARDIAN_NODE__MEMORYSHARE", "NaN", "0.9")]
    public async Task Value_that_cannot_be_used_exits_2_naming_setting_value_and_what_is_allowed(string name, string value, string allowed)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(["--check"], (name, value));

        AssertRefused(exitCode, output, error, name.Replace("KGUARDIAN_", "", StringComparison.Ordinal).Replace("__", ":", StringComparison.Ordinal));
        Assert.Contains($"'{value}'", error, StringComparison.Ordinal);
        Assert.Contains(allowed, error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("KGUARDIAN_CLICKHOUSE_URL", "http://me:hidden@localhost:8123", "KGUARDIAN_CLICKHOUSE_USER")]
    [InlineData("KGUARDIAN_CLICKHOUSE__ENDPOINTS", "http://a:8123,http://me:hidden@localhost:8123", "KGUARDIAN_CLICKHOUSE_USER")]
    [InlineData("KGUARDIAN_STORAGE__COLDS3ACCESSKEY", "hidden", "go together")]
    [InlineData("KGUARDIAN_NODE__READONLYPASSWORD", "hidden", "8 characters")]
    [InlineData("KGUARDIAN_NODE__GRAFANAPASSWORD", "hidden", "8 characters")]
    public async Task Secret_that_cannot_be_used_exits_2_without_being_shown(string name, string value, string allowed)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(["--check"], (name, value));

        AssertRefused(exitCode, output, error, name.Replace("KGUARDIAN_", "", StringComparison.Ordinal).Replace("__", ":", StringComparison.Ordinal));
        Assert.Contains(allowed, error, StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--Ingest:MaxBodyByte=2048", "Ingest:MaxBodyByte")]
    [InlineData("--Dedup:Rule=1", "Dedup:Rule")]
    [InlineData("--Ingest:MaxBodyBytes:Extra=1", "Ingest:MaxBodyBytes:Extra")]
    [InlineData("--Ingset:MaxBodyBytes=2048", "Ingset:MaxBodyBytes")]
    [InlineData("--chekc", "--chekc")]
    [InlineData("serv", "did you mean serve?")]
    [InlineData("--Ingest:MaxBodyByte=2048", "did you mean Ingest:MaxBodyBytes?")]
    [InlineData("-x", "-x")]
    [InlineData("-x=1", "-x=1")]
    public async Task Name_that_is_not_known_exits_2_naming_it(string argument, string name)
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(["--check", argument]);

        AssertRefused(exitCode, output, error, name);
    }

    [Fact]
    public async Task Variable_of_ours_that_is_not_known_exits_2_naming_it()
    {
        var (exitCode, output, error) = await ServerProgram.RunAsync(["--check"], ("KGUARDIAN_INGEST__MAXBODYBYTE", "2048"));

        AssertRefused(exitCode, output, error, "INGEST:MAXBODYBYTE");
        Assert.Contains("Ingest:MaxBodyBytes", error, StringComparison.Ordinal);
    }

    // One line for a log, and no stack trace.
    private static void AssertRefused(int exitCode, string output, string error, string name)
    {
        Assert.True(exitCode == 2, $"exit code {exitCode}: {error}");
        Assert.Equal("", output);
        Assert.StartsWith("kguardian-analytics: ", error, StringComparison.Ordinal);
        Assert.Contains(name, error, StringComparison.OrdinalIgnoreCase);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    /// <summary>The help says how those are named.</summary>
    private static bool IsFileOfSecret(string name) =>
        name.EndsWith("_FILE", StringComparison.Ordinal)
        || (name.EndsWith("File", StringComparison.Ordinal) && SettingsReader.Names().Contains(name[..^"File".Length]));
}
