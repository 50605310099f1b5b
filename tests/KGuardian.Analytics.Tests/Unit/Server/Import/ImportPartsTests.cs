using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Import;
using KGuardian.Analytics.Server.Import.Postgres;
using Npgsql;

namespace KGuardian.Analytics.Tests.Unit.Server.Import;

public sealed class ImportPartsTests
{
    [Theory]
    [InlineData("postgres://u:p%40ss@db.example:6543/flows?sslmode=verify-full", "db.example", 6543, "u", "p@ss", "flows")]
    [InlineData("postgresql://[::1]/flows", "::1", 5432, null, null, "flows")]
    [InlineData("Host=db;Username=u;Database=flows", "db", 5432, "u", null, "flows")]
    public void Databases_are_named_as_the_broker_names_them(string text, string host, int port, string? user, string? password, string database)
    {
        var read = new NpgsqlConnectionStringBuilder(BrokerUrl.Read(text));

        Assert.Equal((host, port, user, password, database), (read.Host, read.Port, read.Username, read.Password, read.Database));
        Assert.Equal(text.Contains("verify-full", StringComparison.Ordinal), read.SslMode == SslMode.VerifyFull);
    }

    [Theory]
    [InlineData("secret")]
    [InlineData("mysql://u:secret@h/d")]
    [InlineData("postgres://u:secret@h/d?nothing=1")]
    [InlineData("postgres://u:secret@h/d?sslmode=perhaps")]
    public void What_is_no_database_is_refused_without_its_text(string text)
    {
        var refused = Assert.Throws<UsageException>(() => BrokerUrl.Read(text));

        Assert.DoesNotContain("secret", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Keys_are_counted_as_a_set_counts_them_and_what_was_not_acknowledged_is_cut_off()
    {
        using var directory = new TestDirectory();
        var path = Path.Combine(directory.Path, "keys");
        var random = new Random(7);
        var keys = Enumerable.Range(0, 50_000).Select(_ => (ulong)random.NextInt64(0, 30_000) * 0x9E37_79B9_7F4A_7C15).ToList();
        using (var file = new KeyFile(path, 0))
        {
            file.Append(keys);
            file.Append([1, 2, 3]);
        }

        using var again = new KeyFile(path, keys.Count * sizeof(ulong));

        Assert.Equal((keys.Count, keys.Distinct().Count()), (again.Count, again.CountDistinct()));
        again.Append([4]);
        Assert.Equal(keys.Distinct().Count() + 1, again.CountDistinct());
        again.Dispose();
        Assert.Throws<IOException>(() => new KeyFile(path, 1_000_000));
    }
}
