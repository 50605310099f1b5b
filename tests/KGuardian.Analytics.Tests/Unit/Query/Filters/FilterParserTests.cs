using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;

namespace KGuardian.Analytics.Tests.Unit.Query.Filters;

public sealed class FilterParserTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("pod = api", "pod = api")]
    [InlineData("POD_NAME=\"api\"", "pod = api")]
    [InlineData("pod = 'it''s'", null)]
    [InlineData(@"pod = 'it\'s'", "pod = \"it's\"")]
    [InlineData(@"pod = ""a\\b\n\0""", @"pod = ""a\\b\n\0""")]
    [InlineData("pod = 'and'", "pod = \"and\"")]
    [InlineData("pod = \"\"", "pod = \"\"")]
    [InlineData("a = b", null)]
    [InlineData("pod=a AND Namespace!=b or NOT (peer_port>=80)", "pod = a and namespace != b or not peer_port >= 80")]
    [InlineData("pod=a and (namespace=b or namespace=c)", "pod = a and (namespace = b or namespace = c)")]
    [InlineData("(pod=a and namespace=b) and pod=c", "pod = a and namespace = b and pod = c")]
    [InlineData("((((pod=a))))", "pod = a")]
    [InlineData("not not pod=a", "pod = a")]
    [InlineData("not (not (pod=a or pod=b))", "pod = a or pod = b")]
    [InlineData("pod in (a, 'b c',d)", "pod in (a, \"b c\", d)")]
    [InlineData("pod not in(a)", "pod not in (a)")]
    [InlineData("not pod in (a)", "not pod in (a)")]
    [InlineData("pod_ip in 10.1.2.3/8", "pod_ip in (10.0.0.0/8)")]
    [InlineData("pod_ip in (10.0.0.0/8, 2001:DB8:0::/32, ::ffff:1.2.3.4)", "pod_ip in (10.0.0.0/8, 2001:db8::/32, 1.2.3.4)")]
    [InlineData("peer_ip = ::FFFF:a00:1", "peer_ip = 10.0.0.1")]
    [InlineData("traffic_in_out_port < 0443", "peer_port < 443")]
    [InlineData("pod contains x and pod startswith y or pod Starts With z", "pod contains x and pod startsWith y or pod startsWith z")]
    [InlineData("pod exists and not namespace exists", "pod exists and not namespace exists")]
    [InlineData("protocol = 6 or ip_protocol in (udp, UNKNOWN(47), 'unknown(17)', 58)", "protocol = TCP or protocol in (UDP, \"UNKNOWN(47)\", UDP, ICMPv6)")]
    [InlineData("direction = ingress and decision != allow", "direction = INGRESS and decision != ALLOW")]
    [InlineData("time > -6h", "time > 2026-01-31T06:00:00.000000Z")]
    [InlineData("time_stamp <= now and last_seen > -1w", "time <= 2026-01-31T12:00:00.000000Z and last_seen > 2026-01-24T12:00:00.000000Z")]
    [InlineData("time = 2026-01-01T00:00:00.123456789+01:00", "time = 2025-12-31T23:00:00.123456Z")]
    [InlineData("time >= 2026-01-01", "time >= 2026-01-01")]
    [InlineData("time > now-7d and last_seen < NOW", "time > 2026-01-24T12:00:00.000000Z and last_seen < 2026-01-31T12:00:00.000000Z")]
    [InlineData("time <= 2026-01-01T00:30+01:00", "time <= 2025-12-31T23:30Z")]
    [InlineData("time <= '2026-01-01 00:30'", "time <= 2026-01-01T00:30Z")]
    [InlineData("time = 2026-01-01t00:30:00z", "time = 2026-01-01T00:30:00Z")]
    [InlineData("time = 2026-01-01T00:30:00.10", "time = 2026-01-01T00:30:00.10Z")]
    [InlineData("last_seen = 2026-01-01T00:30:00.123-01:00", "last_seen = 2026-01-01T01:30:00.123Z")]
    [InlineData("time = 2026-01-01T00:30:00.1234567Z", "time = 2026-01-01T00:30:00.123456Z")]
    [InlineData("uuid = 12EA85BD-C73C-5AB3-84E8-6EF2B26CC852", "uuid = 12ea85bd-c73c-5ab3-84e8-6ef2b26cc852")]
    [InlineData("observations >= 10", "observations >= 10")]
    [InlineData("freeText = nginx", "search contains nginx")]
    [InlineData("search != nginx", "not search contains nginx")]
    [InlineData("*", "*")]
    [InlineData("* and pod = a and *", "pod = a")]
    [InlineData("not * or *", "not * or *")]
    public void Parse_Expression_HasOneSpelling(string text, string? expected)
    {
        if (expected is null)
        {
            Assert.Throws<FilterException>(() => FlowFilter.Parse(text, Now));
            return;
        }

        var filter = FlowFilter.Parse(text, Now);
        Assert.Equal(expected, filter.ToString());
        Assert.Equal(filter, FlowFilter.Parse(expected, Now));
    }

    [Theory]
    [InlineData("", 0, "a field", null)]
    [InlineData("   ", 3, "a field", null)]
    [InlineData("podd = api", 0, "a field", "pod")]
    [InlineData("pod = a and namspace = x", 12, "a field", "namespace")]
    [InlineData("peer_prot = 1", 0, "a field", "peer_port")]
    [InlineData("zzzzzzzz = 1", 0, "a field", null)]
    [InlineData("pod", 3, "an operator after pod", null)]
    [InlineData("pod api", 4, "an operator after pod", null)]
    [InlineData("pod contians api", 4, "an operator after pod", "contains")]
    [InlineData("pod =", 5, "a text", null)]
    [InlineData("pod = and", 6, "a text", "\"and\" in quotes")]
    [InlineData("pod == a", 5, "a text", null)]
    [InlineData("pod = a namespace = b", 8, "'and', 'or' or the end", null)]
    [InlineData("(pod = a", 8, "'and', 'or' or ')'", null)]
    [InlineData("pod = a)", 7, "'and', 'or' or the end", null)]
    [InlineData("pod = a and", 11, "a field", null)]
    [InlineData("pod = a && pod = b", 8, "'and', 'or' or the end", null)]
    [InlineData("()", 1, "a field", null)]
    [InlineData("not", 3, "a field", null)]
    [InlineData("pod not a", 8, "'in' after 'not'", null)]
    [InlineData("pod starts a", 11, "'with' after 'starts'", null)]
    [InlineData("pod in ()", 8, "a text", null)]
    [InlineData("pod in (a,)", 10, "a text", null)]
    [InlineData("pod in (a b)", 10, "',' or ')'", null)]
    [InlineData("pod < a", 4, "=, !=", null)]
    [InlineData("observations contains 1", 13, "=, !=", null)]
    [InlineData("pod = 'abc", 6, "a closing '", null)]
    [InlineData(@"pod = 'abc\'", 6, "a closing '", null)]
    [InlineData(@"pod = a\b", 7, "a quoted value", null)]
    [InlineData("pod ! a", 4, "'!='", "'!=' or 'not'")]
    [InlineData("pod contains ''", 13, "a text that is not empty", null)]
    [InlineData("peer_port = 65536", 12, "a port", null)]
    [InlineData("peer_port in (80, http)", 18, "a port", null)]
    [InlineData("peer_port = -1", 12, "a port", null)]
    [InlineData("pod_ip = 10.0.0.0/8", 9, "an IP address", null)]
    [InlineData("pod_ip in 10.0.0.0/33", 10, "an IP address or a prefix", null)]
    [InlineData("pod_ip = 010.0.0.1", 9, "an IP address", null)]
    [InlineData("direction = sideways", 12, "INGRESS or EGRESS", null)]
    [InlineData("protocol = tpc", 11, "a protocol", null)]
    [InlineData("time > yesterday", 7, "a time", null)]
    [InlineData("time > 2300-01-01", 7, "a time", null)]
    [InlineData("time > -999999999w", 7, "a time", null)]
    [InlineData("time > 2026-02-30", 7, "a time", null)]
    [InlineData("time > 2026-02-28T", 7, "a time", null)]
    [InlineData("time > 2026-02-28T10", 7, "a time", null)]
    [InlineData("time > 2026-02-28Z", 7, "a time", null)]
    [InlineData("time > now+7d", 7, "a time", null)]
    [InlineData("uuid = 1", 7, "a uuid", null)]
    [InlineData("observations > -1", 15, "a whole number", null)]
    [InlineData("observations > 9223372036854775808", 15, "a whole number", null)]
    public void Parse_Mistake_SaysWhereAndWhatWasExpected(string text, int position, string expected, string? suggestion)
    {
        var error = Assert.Throws<FilterException>(() => FlowFilter.Parse(text, Now));
        Assert.Equal(position, error.Position);
        Assert.StartsWith(expected, error.Expected, StringComparison.Ordinal);
        Assert.Equal(suggestion, error.Suggestion);
        Assert.StartsWith($"At character {position}: ", error.Message, StringComparison.Ordinal);
        if (suggestion is not null)
        {
            Assert.EndsWith($"did you mean {suggestion}?", error.Message, StringComparison.Ordinal);
        }

        var lines = error.Excerpt!.Split('\n');
        Assert.Equal(Math.Min(position, 40), lines[1].IndexOf('^', StringComparison.Ordinal));
        Assert.True(lines[0].Length >= lines[1].Length - 1);
    }

    [Fact]
    public void Parse_TooLarge_NamesTheLimit()
    {
        AssertRefused(new string(' ', FilterLimits.TextLength + 1), "65536 characters");
        AssertRefused(new string('(', 60_000), "32 levels");
        AssertRefused(string.Concat(Enumerable.Repeat("not ", 10_000)), "32 levels");
        AssertRefused($"pod in ({string.Join(',', Enumerable.Range(0, 1001))})", "1000 values");
        AssertRefused(string.Join(" or ", Enumerable.Repeat("pod = a", 801)), "800 comparisons");
        AssertRefused(string.Join(" or ", Enumerable.Repeat("observations = 3", 17)), "800 comparisons");
        AssertRefused($"pod = {new string('x', 1025)}", "1024 characters");
        AssertRefused($"pod in ({string.Join(',', Enumerable.Repeat(new string('x', 1024), 33))})", "32768 characters");
        AssertRefused("pod = '\ud800'", "well-formed");
        AssertRefused("pod = '\udc00\ud800'", "well-formed");
    }

    [Fact]
    public void Where_WrongUse_IsRefusedWithoutAPosition()
    {
        Assert.Null(Assert.Throws<FilterException>(() => FlowFilter.Where(FlowField.PodPort, FilterOperator.Equal, "x")).Position);
        Assert.Throws<FilterException>(() => FlowFilter.Where(FlowField.Pod, FilterOperator.Equal, "a", "b"));
        Assert.Throws<FilterException>(() => FlowFilter.Where(FlowField.Pod, FilterOperator.In));
        Assert.Throws<FilterException>(() => FlowFilter.Where(FlowField.Pod, FilterOperator.Exists, "a"));
        Assert.Throws<FilterException>(() => FlowFilter.Or());
        Assert.Same(FlowFilter.Everything, FlowFilter.And());
    }

    private static void AssertRefused(string text, string limit) =>
        Assert.Contains(limit, Assert.Throws<FilterException>(() => FlowFilter.Parse(text, Now)).Message, StringComparison.Ordinal);
}
