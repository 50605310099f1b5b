using System.Text.RegularExpressions;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Tests.Unit.Engine;

/// <summary>Connections to ClickHouse and to ourselves are made in one way. That every verb uses it: Server/Commands/ProxyTests.</summary>
public sealed partial class DirectHttpTests
{
    [Fact]
    public void Handler_has_no_proxy_cookies_or_redirects()
    {
        using var handler = DirectHttp.CreateHandler(TimeSpan.FromSeconds(7));

        Assert.False(handler.UseProxy);
        Assert.False(handler.UseCookies);
        Assert.False(handler.AllowAutoRedirect);
        Assert.Equal(TimeSpan.FromSeconds(7), handler.ConnectTimeout);
    }

    [Fact]
    public void No_other_place_makes_a_handler()
    {
        string[] makers = [.. Directory.GetFiles(Repository.At("src"), "*.cs", SearchOption.AllDirectories)
            .Where(file => Maker().IsMatch(File.ReadAllText(file))).Select(file => Path.GetFileName(file)!)];

        Assert.Equal(["DirectHttp.cs"], makers);
    }

    [GeneratedRegex(@"new (SocketsHttpHandler|HttpClientHandler|WinHttpHandler)|SocketsHttpHandler\b.*new\(\)|new HttpClient\(\)|HttpClient \w+ = new\(\)")]
    private static partial Regex Maker();
}
