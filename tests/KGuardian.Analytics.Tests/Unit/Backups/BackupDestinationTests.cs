using KGuardian.Analytics.Backups;

namespace KGuardian.Analytics.Tests.Unit.Backups;

/// <summary>Places for backups: what is read, what is refused, and that only quoted texts reach a statement.</summary>
public sealed class BackupDestinationTests
{
    [Theory]
    [InlineData("/mnt/backups", "File('/mnt/backups/x')")]
    [InlineData("/mnt/backups/", "File('/mnt/backups/x')")]
    [InlineData("/mnt/it's", @"File('/mnt/it\'s/x')")]
    [InlineData(@"/mnt/a\b", @"File('/mnt/a\\b/x')")]
    [InlineData("File('')", "File('x')")]
    [InlineData(@"File('a\'b')", @"File('a\'b/x')")]
    [InlineData("Disk('s3', 'kguardian')", "Disk('s3', 'kguardian/x')")]
    [InlineData("S3('https://host/bucket/a')", "S3('https://host/bucket/a/x')")]
    [InlineData("S3('https://host/bucket/a','key','secret')", "S3('https://host/bucket/a/x', 'key', 'secret')")]
    public void Place_of_one_backup_is_below_it(string text, string sql) => Assert.Equal(sql, BackupDestination.Parse(text).Of("x").Sql);

    [Theory]
    [InlineData("")]
    [InlineData("/mnt/a\nb")]
    [InlineData("File()")]
    [InlineData("File('a'")]
    [InlineData("File('a")]
    [InlineData("File('a') SETTINGS x = 1")]
    [InlineData("File('a'); DROP TABLE traffic")]
    [InlineData("File(a)")]
    [InlineData("File('a', 'b')")]
    [InlineData("Disk('a')")]
    [InlineData("S3('bucket')")]
    [InlineData("S3('https://host/a', 'key')")]
    [InlineData("S3('https://me:secret@host/a')")]
    [InlineData("S3('https://host/a?X-Signature=secret')")]
    public void Anything_else_is_refused_with_what_is_allowed(string text)
    {
        var refusal = Assert.Throws<FormatException>(() => BackupDestination.Parse(text));

        Assert.Contains("Allowed: a directory", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_do_not_show()
    {
        var place = BackupDestination.Parse("S3('https://host/bucket', 'key', 'hush')");

        Assert.Equal("S3('https://host/bucket', '***', '***')", place.ToString());
        Assert.DoesNotContain(
            "hush", Assert.Throws<FormatException>(() => BackupDestination.Parse("S3('bucket', 'key', 'hush')")).Message, StringComparison.Ordinal);
    }
}
