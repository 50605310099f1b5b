using System.Text;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

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
    [InlineData(32)]
    [InlineData(33)]
    [InlineData(64)]
    [InlineData(65)]
    [InlineData(100_000)]
    public void Row_of_any_depth_is_read(int levels) =>
        Assert.Equal(RejectReason.NotAnObject, Assert.Single(Bodies.Parse(new string('[', levels) + new string(']', levels)).Rejected).Reason);

    [Theory]
    [InlineData("\"extra\":\"{0}\"")]
    [InlineData("\"{0}\":null")]
    [InlineData("\"extra\":\"{0}\",\"extra\":[\"{0}\",\"{0}\",\"{0}\",\"{0}\"]")]
    public void Unknown_field_of_any_size_is_skipped(string field)
    {
        var row = $"{{{Required},{string.Format(System.Globalization.CultureInfo.InvariantCulture, field, new string('x', 70_000))},\"pod_name\":\"p\"}}";

        Assert.Equal((2, 0), (Bodies.Parse($"[{row},{row}]").Count, Bodies.Parse($"[{row},{row}]").RejectedCount));
        Assert.Equal("p", Text(Bodies.Parse(row, BodyShape.OneEvent), EventField.PodName));
    }

    [Theory]
    [InlineData(70_000)]
    [InlineData(300_000)]
    [InlineData(3_000_000)]
    public void Known_field_that_is_too_large_rejects_its_row_alone(int bytes)
    {
        var row = $"{{{Required},\"pod_name\":\"{new string('x', bytes)}\"}}";
        var batch = Bodies.Parse($"[{{{Required}}},{row},{{{Required}}}]");

        Assert.Equal(2, batch.Count);
        var rejected = Assert.Single(batch.Rejected);
        Assert.Equal(
            (RejectReason.TooLong, "pod_name", (long)row.Length, RejectedRow.MaxRawBytes),
            (rejected.Reason, rejected.Field, rejected.RawBytes, rejected.Raw.Length));
        Assert.StartsWith(Encoding.UTF8.GetString(rejected.Raw.Span), row, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(40)]
    [InlineData(10_000)]
    [InlineData(1_000_000)]
    public void Unknown_field_of_any_depth_is_skipped(int levels)
    {
        var deep = new string('[', levels) + new string(']', levels);
        Assert.Equal(1, Bodies.Parse($"[{{{Required},\"extra\":{deep}}}]").Count);

        // Not what begins with a bracket and ends with a brace, however deep.
        var at = levels + (levels / 2);
        Assert.Equal(
            $"[{{{Required},\"extra\":".Length + at,
            Assert.Throws<MalformedBodyException>(() => Bodies.Parse($"[{{{Required},\"extra\":{deep[..at]}}}{deep[(at + 1)..]}}}]")).ByteOffset);
    }

    [Fact]
    public void Row_of_many_short_texts_and_many_spellings_of_a_field_has_the_last_one()
    {
        var many = string.Join(',', Enumerable.Range(0, 30_000).Select(n => $"\"pod_n\\u0061me\":\"name-{n}\""));
        var batch = Bodies.Parse($"[{{{Required},{many},\"x\":[{string.Join(',', Enumerable.Repeat("\"short\"", 40_000))}]}}]");

        Assert.Equal("name-29999", Text(batch, EventField.PodName));
    }

    [Fact]
    public void Text_whose_every_byte_is_escaped_is_as_long_as_it_says()
    {
        var most = new EventParserOptions().MaxFieldBytes;
        foreach (var (characters, good) in new[] { (most, 1), (most + 1, 0) })
        {
            var row = $"{{{Required},\"pod_name\":\"{string.Concat(Enumerable.Repeat("\\u0041", characters))}\",\"x\":\"{new string('y', 300_000)}\"}}";
            Assert.Equal((good, 1 - good), (Bodies.Parse($"[{row}]").Count, Bodies.Parse($"[{row}]").RejectedCount));
        }
    }

    private const string Required = "\"uuid\":\"12ea85bd-c73c-5ab3-84e8-6ef2b26cc852\",\"time_stamp\":\"2026-05-12T10:32:14\"";

    private static string Text(EventBatch batch, EventField field) => Encoding.UTF8.GetString(batch.TextOf(field, 0));
}
