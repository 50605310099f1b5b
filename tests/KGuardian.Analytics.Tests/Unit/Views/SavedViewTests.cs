using KGuardian.Analytics.Views;

namespace KGuardian.Analytics.Tests.Unit.Views;

/// <summary>What can be kept as a view: names that can be seen, addresses that lead nowhere else.</summary>
public sealed class SavedViewTests
{
    [Theory]
    [InlineData("flows")]
    [InlineData("flows?from=-24h&filter=decision+%3D+DROP")]
    [InlineData("map?focus=%2FNamespace%2Fshop&tz=local")]
    [InlineData("overview?")]
    public void Address_of_a_page_is_taken(string address) => SavedView.Check("n", address);

    [Theory]
    [InlineData("")]
    [InlineData("//evil.example")]
    [InlineData("https://evil.example/flows")]
    [InlineData("javascript:alert(1)")]
    [InlineData("data:text/html,x")]
    [InlineData("../api/v1/flows")]
    [InlineData("flows/../../x")]
    [InlineData("\\\\evil.example")]
    [InlineData("/flows")]
    [InlineData("flows#yaml=x")]
    [InlineData("flows?a b")]
    [InlineData("flows?\n")]
    [InlineData("flows\n")]
    [InlineData("Flows")]
    [InlineData("flows?<script>")]
    [InlineData("flows?ü")]
    public void Address_of_anything_else_is_refused(string address) =>
        Assert.Equal("address", Assert.Throws<ViewException>(() => SavedView.Check("n", address)).Member);

    [Fact]
    public void Whatever_is_taken_leads_to_a_page_of_the_console()
    {
        var random = new Random(19);
        var console = new Uri("https://kguardian.example/prefix/console/");
        const string Characters = "abz/\\.:?#@&=%+ \t\n\"'<>javascript-09_~;,!*()$";
        var taken = 0;
        for (var round = 0; round < 50_000; round++)
        {
            var address = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => Characters[random.Next(Characters.Length)]));
            try
            {
                SavedView.Check("n", address);
            }
            catch (ViewException)
            {
                continue;
            }

            taken++;
            var led = new Uri(console, address);
            Assert.Equal(console.Host, led.Host);
            Assert.Equal("https", led.Scheme);
            Assert.Matches("^/prefix/console/[a-z]+$", led.AbsolutePath);
        }

        Assert.InRange(taken, 100, 50_000);
    }

    [Theory]
    [InlineData("Drops of shop")]
    [InlineData("<b>&\"'; DROP TABLE console_views; --")]
    [InlineData("日本語 é 😀")]
    public void Name_that_can_be_seen_is_taken(string name) => SavedView.Check(name, "flows");

    [Theory]
    [InlineData("")]
    [InlineData(" x")]
    [InlineData("x ")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\u202Eb")]
    [InlineData("a\u200Bb")]
    [InlineData("a\u2028b")]
    [InlineData("\uE000")]
    [InlineData("a\uD800")]
    public void Name_that_deceives_is_refused(string name) =>
        Assert.Equal("name", Assert.Throws<ViewException>(() => SavedView.Check(name, "flows")).Member);

    [Fact]
    public void Lengths_are_bounded()
    {
        SavedView.Check(new string('n', SavedView.LongestName), "f?" + new string('a', SavedView.LongestAddress - 2));
        Assert.Throws<ViewException>(() => SavedView.Check(new string('n', SavedView.LongestName + 1), "f"));
        Assert.Throws<ViewException>(() => SavedView.Check("n", "f?" + new string('a', SavedView.LongestAddress - 1)));
    }
}
