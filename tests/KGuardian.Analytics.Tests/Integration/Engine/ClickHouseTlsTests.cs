using System.Security.Cryptography.X509Certificates;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Engine;

/// <summary>https endpoints: a proxy that ends TLS in front of the real node, with authorities made here.</summary>
public sealed class ClickHouseTlsTests : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();
    private readonly TestAuthority _authority = new("authority");
    private readonly TestAuthority _stranger = new("stranger");
    private TestDatabase _database = null!;

    public async ValueTask InitializeAsync() => _database = await SharedNode.CreateDatabaseAsync();

    public async ValueTask DisposeAsync()
    {
        _authority.Dispose();
        _stranger.Dispose();
        _directory.Dispose();
        await _database.DisposeAsync();
    }

    [Fact]
    public async Task Statements_inserts_and_streams_go_over_https_with_the_authority_of_CaFile()
    {
        using var certificate = _authority.Issue("127.0.0.1");
        await using var proxy = new TlsProxy(_database.Endpoint.Url, certificate);
        using var client = ClientOf(proxy, new() { CaFile = Write("ca.pem", _stranger.Pem + "\n" + _authority.Pem) });

        await client.ExecuteAsync(new ClickHouseQuery("CREATE TABLE t (a UInt8) ENGINE = MergeTree ORDER BY a"));
        await client.InsertAsync(
            new ClickHouseQuery("INSERT INTO t FORMAT RowBinary"), (stream, token) => stream.WriteAsync(new byte[3_000_000], token).AsTask());
        await using var rows = await client.StreamAsync(new ClickHouseQuery("SELECT a FROM t FORMAT RowBinary"));
        await rows.Body.CopyToAsync(Stream.Null);

        Assert.Equal(3_000_000, rows.BytesRead);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Certificate_of_an_authority_that_is_not_trusted_names_CaFile(bool other)
    {
        using var certificate = _authority.Issue("127.0.0.1");
        await using var proxy = new TlsProxy(_database.Endpoint.Url, certificate);

        await AssertRefusedAsync(proxy, new() { CaFile = other ? Write("ca.pem", _stranger.Pem) : null }, "ClickHouse:CaFile");
    }

    [Fact]
    public async Task Certificate_for_another_name_names_TlsServerName_and_is_taken_under_it()
    {
        using var certificate = _authority.Issue("clickhouse.example");
        await using var proxy = new TlsProxy(_database.Endpoint.Url, certificate);
        var options = new ClickHouseClientOptions { CaFile = Write("ca.pem", _authority.Pem) };

        await AssertRefusedAsync(proxy, options, "ClickHouse:TlsServerName");

        using var client = ClientOf(proxy, options with { TlsServerName = "clickhouse.example" });
        await client.ExecuteAsync(new ClickHouseQuery("SELECT 1"));
    }

    [Fact]
    public async Task Client_certificate_that_is_wanted_is_shown_and_its_lack_names_the_setting()
    {
        using var certificate = _authority.Issue("127.0.0.1");
        await using var proxy = new TlsProxy(_database.Endpoint.Url, certificate, clients: _authority);
        var options = new ClickHouseClientOptions { CaFile = Write("ca.pem", _authority.Pem) };

        await AssertRefusedAsync(proxy, options, "ClickHouse:ClientCertificateFile", ClickHouseFailure.Unknown);

        using var own = _authority.Issue("kguardian");
        using var client = ClientOf(proxy, WithCertificate(options, own));
        await client.ExecuteAsync(new ClickHouseQuery("SELECT 1"));
    }

    [Fact]
    public async Task Client_certificate_that_was_renewed_is_used_without_a_new_client()
    {
        using var certificate = _authority.Issue("127.0.0.1");
        await using var proxy = new TlsProxy(_database.Endpoint.Url, certificate, clients: _authority);
        using var wrong = _stranger.Issue("kguardian");
        using var right = _authority.Issue("kguardian");
        var options = WithCertificate(new() { CaFile = Write("ca.pem", _authority.Pem) }, wrong);
        using var client = ClientOf(proxy, options);
        await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(new ClickHouseQuery("SELECT 1")));

        WithCertificate(options, right);

        await Patience.UntilAsync(async () =>
        {
            try
            {
                await client.ExecuteAsync(new ClickHouseQuery("SELECT 1"));
                return true;
            }
            catch (ClickHouseException)
            {
                return false;
            }
        });
    }

    [Fact]
    public async Task Port_that_knows_no_TLS_is_a_clear_error()
    {
        var plain = new Uri($"https://127.0.0.1:{_database.Endpoint.Url.Port}");
        using var client = _database.Client(through: plain);

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(new ClickHouseQuery("SELECT 1")));

        Assert.Equal(ClickHouseFailure.NotSent, error.Failure);
        Assert.Contains("Is it a port for https?", error.Text, StringComparison.Ordinal);
    }

    // The handshake is part of connecting, with both ends on this machine.
    private ClickHouseClient ClientOf(TlsProxy proxy, ClickHouseClientOptions options) =>
        _database.Client(options with { ConnectTimeout = Patience.Limit }, proxy.Url);

    private async Task AssertRefusedAsync(
        TlsProxy proxy, ClickHouseClientOptions options, string setting, ClickHouseFailure failure = ClickHouseFailure.NotSent)
    {
        using var client = ClientOf(proxy, options);

        var error = await Assert.ThrowsAsync<ClickHouseException>(() => client.ExecuteAsync(new ClickHouseQuery("SELECT 1")));

        Assert.True(error.Text.Contains(setting, StringComparison.Ordinal), error.ToString());
        Assert.Equal(failure, error.Failure);
    }

    private ClickHouseClientOptions WithCertificate(ClickHouseClientOptions options, X509Certificate2 certificate) => options with
    {
        ClientCertificateFile = Write("client.pem", certificate.ExportCertificatePem()),
        ClientKeyFile = Write("client.key", certificate.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()),
    };

    private string Write(string name, string text)
    {
        var path = Path.Combine(_directory.Path, name);
        File.WriteAllText(path, text);
        return path;
    }
}
