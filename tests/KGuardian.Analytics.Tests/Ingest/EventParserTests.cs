using System.Text;
using KGuardian.Analytics.Ingest;

namespace KGuardian.Analytics.Tests.Ingest;

public sealed class EventParserTests
{
    [Fact]
    public void Parse_RealEvent_FillsEveryColumn()
    {
        var batch = Bodies.Parse(Bodies.Real(1));

        Assert.Equal(1, batch.Count);
        Assert.Equal(UInt128.Parse("12ea85bdc73c5ab384e86ef2b26cc852", System.Globalization.NumberStyles.HexNumber), batch.Uuids[0]);
        Assert.Equal(new DateTime(2024, 2, 15, 15, 44, 26, 459), DateTime.UnixEpoch.AddMicroseconds(batch.TimeMicros[0]));
        Assert.Equal(48974, batch.PodPorts[0]);
        Assert.Equal(6443, batch.TrafficInOutPorts[0]);
        Assert.Equal("service-ca-operator-575d5cf89-s8pjm", Text(batch, EventField.PodName));
        Assert.Equal("openshift-service-ca-operator", Text(batch, EventField.PodNamespace));
        Assert.Equal("10.128.0.7", Text(batch, EventField.PodIp));
        Assert.Equal("TCP", Text(batch, EventField.IpProtocol));
        Assert.Equal("EGRESS", Text(batch, EventField.TrafficType));
        Assert.Equal("172.20.0.1", Text(batch, EventField.TrafficInOutIp));
        Assert.Equal("ALLOW", Text(batch, EventField.Decision));
        Assert.Equal(0, batch.RejectedCount);
    }

    [Fact]
    public void Parse_RealBatch_KeysTellApartTheDistinctFlows()
    {
        var batch = Bodies.Parse(Bodies.Real(128));

        // 128 events and 104 distinct flows are what the data's own README states.
        Assert.Equal(128, batch.Count);
        Assert.Equal(104, batch.Keys.ToArray().Distinct().Count());
    }

    [Fact]
    public void Parse_MissingNullAndEmpty_AreTwoNullsAndAnEmptyText()
    {
        var batch = Bodies.Parse($"{{{Required},\"pod_name\":null,\"pod_ip\":\"\",\"pod_port\":null,\"traffic_in_out_port\":\"\"}}", BodyShape.OneEvent);

        Assert.Equal(TextRef.Null, batch.Column(EventField.PodName)[0]);
        Assert.Equal(TextRef.Null, batch.Column(EventField.Decision)[0]);
        Assert.Equal(0, batch.Column(EventField.PodIp)[0].Length);
        Assert.Equal(PortCode.Null, batch.PodPorts[0]);
        Assert.Equal(PortCode.Empty, batch.TrafficInOutPorts[0]);
    }

    [Fact]
    public void Parse_FieldTwice_TakesTheLast()
    {
        var batch = Bodies.Parse($"[{{\"uuid\":\"bad\",\"pod_ip\":7,{Required},\"pod_ip\":\"a\",\"pod_ip\":\"b\",\"decision\":\"c\",\"decision\":null}}]");

        Assert.Equal("b", Text(batch, EventField.PodIp));
        Assert.True(batch.Column(EventField.Decision)[0].IsNull);
    }

    [Theory]
    [InlineData("\\\"\\\\\\/\\b\\f\\n\\r\\t", "\"\\/\b\f\n\r\t")]
    [InlineData("\\u0041\\u00e9\\u65E5\\ud83d\\ude42x", "Aé日🙂x")]
    [InlineData("\\u0000", "\0")]
    [InlineData("größe 日本 🙂", "größe 日本 🙂")]
    public void Parse_EscapedText_IsUnescaped(string json, string expected)
    {
        Assert.Equal(expected, Text(Bodies.Parse($"[{{{Required},\"pod_name\":\"{json}\"}}]"), EventField.PodName));
    }

    [Fact]
    public void Parse_EscapedFieldName_IsTheSameField()
    {
        Assert.Equal("x", Text(Bodies.Parse($"[{{{Required},\"pod\\u005fname\":\"x\"}}]"), EventField.PodName));
    }

    [Fact]
    public void Parse_UnknownFieldsOfEveryKind_AreSkipped()
    {
        var batch = Bodies.Parse(
            $" [ {{ \"peer_a\" : [1, -2.5e+3, {{\"x\":[]}}], \"\":{{}}, {Required} , \"b\":true,\"c\":false,\"d\":null,\"e\":\"\\ud800\" }} ]\r\n\t ");
        Assert.Equal((1, 0), (batch.Count, batch.RejectedCount));
    }

    [Fact]
    public void Parse_ByteOrderMark_IsSkipped()
    {
        Assert.Equal(1, Bodies.Parse($"\uFEFF[{{{Required}}}]").Count);
    }

    [Theory]
    [InlineData("", 0, "an array of events", true)]
    [InlineData("{}", 0, "an array of events", false)]
    [InlineData("[", 1, "an event or the array's closing bracket", true)]
    [InlineData("[]]", 2, "nothing after the body", false)]
    [InlineData("[1 2]", 3, "a comma or the array's closing bracket", false)]
    [InlineData("[1,]", 3, "a JSON value", false)]
    [InlineData("[1,", 3, "an event", true)]
    [InlineData("[// no", 1, "a JSON value", false)]
    [InlineData("[{\"a\":1,}]", 8, "a property name in double quotes", false)]
    [InlineData("[{\"a\" 1}]", 6, "a colon after the property name", false)]
    [InlineData("[{\"a\":1", 7, "the rest of the row", true)]
    [InlineData("[nul", 4, "the rest of the row", true)]
    [InlineData("[nil]", 2, "true, false or null", false)]
    [InlineData("[01]", 2, "a comma or the array's closing bracket", false)]
    [InlineData("[1.]", 3, "a digit", false)]
    [InlineData("[\"\\u12g4\"]", 6, "four hex digits after \\u", false)]
    [InlineData("[\"\\x\"]", 3, "an escape: one of \" \\ / b f n r t u", false)]
    [InlineData("[\"\n\"]", 2, "a printable character, or an escape such as \\n, in a string", false)]
    public void Parse_MalformedBody_SaysWhatWasExpectedWhere(string body, long offset, string expected, bool truncated)
    {
        var e = Assert.Throws<MalformedBodyException>(() => Bodies.Parse(body));
        Assert.Equal((offset, expected, truncated), (e.ByteOffset, e.Expected, e.Truncated));
    }

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void Parse_Nesting_IsLimited(int levels, bool accepted)
    {
        var body = new string('[', levels) + new string(']', levels);
        if (accepted)
            Assert.Equal(1, Bodies.Parse(body).RejectedCount);
        else
            Assert.Equal(32, Assert.Throws<MalformedBodyException>(() => Bodies.Parse(body)).ByteOffset);
    }

    [Theory]
    [InlineData("[\"1234567890\"]", "[\"12345678901\"]", 12)]
    [InlineData("[1234567890]", "[12345678901]", 11)]
    [InlineData("[{\"1234567890\":1}]", "[{\"12345678901\":1}]", 13)]
    public void Parse_Token_IsLimited(string accepted, string refused, long offset)
    {
        var options = new EventParserOptions { MaxTokenBytes = 10, MaxFieldBytes = 10, MaxRowBytes = 100 };
        Assert.Equal(1, Bodies.Parse(accepted, options: options).RejectedCount);
        Assert.Equal(offset, Assert.Throws<MalformedBodyException>(() => Bodies.Parse(refused, options: options)).ByteOffset);
    }

    [Fact]
    public void Parse_Row_IsLimited()
    {
        var options = new EventParserOptions { MaxTokenBytes = 10, MaxFieldBytes = 10, MaxRowBytes = 20 };
        Assert.Equal(1, Bodies.Parse("[[1,2,3,4,5,6,7,8,90]]", options: options).RejectedCount);
        Assert.Equal(21, Assert.Throws<MalformedBodyException>(() => Bodies.Parse("[[1,2,3,4,5,6,7,8,901]]", options: options)).ByteOffset);
    }

    private const string Required = "\"uuid\":\"12ea85bd-c73c-5ab3-84e8-6ef2b26cc852\",\"time_stamp\":\"2026-05-12T10:32:14\"";

    private static string Text(EventBatch batch, EventField field) => Encoding.UTF8.GetString(batch.TextOf(field, 0));
}
