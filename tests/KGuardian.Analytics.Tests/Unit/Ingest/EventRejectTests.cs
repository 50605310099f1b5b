using System.Text;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public sealed class EventRejectTests
{
    private const string Uuid = "\"uuid\":\"12ea85bd-c73c-5ab3-84e8-6ef2b26cc852\"";
    private const string Time = "\"time_stamp\":\"2026-05-12T10:32:14.123456\"";
    private const string Good = "{" + Uuid + "," + Time + "}";

    [Theory]
    [InlineData("{" + Time + "}", RejectReason.MissingUuid, "uuid")]
    [InlineData("{\"uuid\":null," + Time + "}", RejectReason.MissingUuid, "uuid")]
    [InlineData("{}", RejectReason.MissingUuid, "uuid")]
    [InlineData("{\"uuid\":\"\"," + Time + "}", RejectReason.BadUuid, "uuid")]
    [InlineData("{\"uuid\":\"nonsense\"," + Time + "}", RejectReason.BadUuid, "uuid")]
    [InlineData("{\"uuid\":7," + Time + "}", RejectReason.NotAString, "uuid")]
    [InlineData("{" + Uuid + "}", RejectReason.MissingTime, "time_stamp")]
    [InlineData("{" + Uuid + ",\"time_stamp\":null}", RejectReason.MissingTime, "time_stamp")]
    [InlineData("{" + Uuid + ",\"time_stamp\":\"today\"}", RejectReason.BadTime, "time_stamp")]
    [InlineData("{" + Uuid + ",\"time_stamp\":1747045934}", RejectReason.NotAString, "time_stamp")]
    [InlineData("{" + Uuid + "," + Time + ",\"pod_port\":8080}", RejectReason.NotAString, "pod_port")]
    [InlineData("{" + Uuid + "," + Time + ",\"pod_port\":\"http\"}", RejectReason.BadPort, "pod_port")]
    [InlineData("{" + Uuid + "," + Time + ",\"traffic_in_out_port\":\"65536\"}", RejectReason.BadPort, "traffic_in_out_port")]
    [InlineData("{" + Uuid + "," + Time + ",\"pod_name\":true}", RejectReason.NotAString, "pod_name")]
    [InlineData("{" + Uuid + "," + Time + ",\"pod_name\":[\"a\"]}", RejectReason.NotAString, "pod_name")]
    [InlineData("{" + Uuid + "," + Time + ",\"decision\":{}}", RejectReason.NotAString, "decision")]
    [InlineData("{" + Uuid + "," + Time + ",\"pod_ip\":\"\\ud83d\"}", RejectReason.InvalidUtf8, "pod_ip")]
    [InlineData("{" + Uuid + "," + Time + ",\"pod_ip\":\"\\ude42x\"}", RejectReason.InvalidUtf8, "pod_ip")]
    [InlineData("{" + Uuid + "," + Time + ",\"pod_ip\":\"\\ud83d\\u0041\"}", RejectReason.InvalidUtf8, "pod_ip")]
    [InlineData("17", RejectReason.NotAnObject, "")]
    [InlineData("null", RejectReason.NotAnObject, "")]
    [InlineData("\"text\"", RejectReason.NotAnObject, "")]
    [InlineData("[" + Good + "]", RejectReason.NotAnObject, "")]
    public void Parse_RowWithAFault_IsRejectedAndTheOthersAreKept(string row, RejectReason reason, string field)
    {
        var batch = Bodies.Parse($"[{Good}, {row} ,{Good}]");

        Assert.Equal(2, batch.Count);
        var rejected = Assert.Single(batch.Rejected);
        Assert.Equal((reason, field, row), (rejected.Reason, rejected.Field, Encoding.UTF8.GetString(rejected.Raw.Span)));
        Assert.Equal(1, batch.RejectedCount);
    }

    [Theory]
    [InlineData(1024, 0)]
    [InlineData(1025, 1)]
    public void Parse_FieldAtTheLimitOfBytes_IsKeptOneMoreIsRejected(int bytes, int rejected)
    {
        // Escapes do not count, what they stand for does: é is two bytes.
        foreach (var text in new[] { new string('x', bytes), new string('x', bytes - 2) + "é", new string('x', bytes - 2) + "\\u00e9" })
        {
            var batch = Bodies.Parse($"[{{{Uuid},{Time},\"pod_name\":\"{text}\"}}]");
            Assert.Equal(rejected, batch.RejectedCount);
            if (rejected > 0)
            {
                Assert.Equal((RejectReason.TooLong, "pod_name"), (batch.Rejected[0].Reason, batch.Rejected[0].Field));
            }
            else
            {
                Assert.Equal(bytes, batch.Column(EventField.PodName)[0].Length);
            }
        }
    }

    [Fact]
    public void Parse_InvalidUtf8InAKnownField_IsRejected()
    {
        foreach (var bad in new byte[][] { [0x80], [0xC3], [0xC0, 0xAF], [0xED, 0xA0, 0x80], [0xF5, 0x80, 0x80, 0x80] })
        {
            var body = Encoding.UTF8.GetBytes($"[{{{Uuid},{Time},\"pod_name\":\"????\"}}]");
            var at = body.AsSpan().IndexOf("????"u8);
            body = [.. body[..at], .. bad, .. body[(at + 4)..]];
            Assert.Equal(RejectReason.InvalidUtf8, Assert.Single(Bodies.Parse(body).Rejected).Reason);
        }
    }

    [Fact]
    public void Parse_SeveralFaults_NamesTheSameOneInAnyOrderOfFields()
    {
        var first = Bodies.Parse($"[{{\"pod_port\":1,\"time_stamp\":2,\"decision\":3,{Uuid}}}]").Rejected[0];
        var second = Bodies.Parse($"[{{{Uuid},\"decision\":3,\"time_stamp\":2,\"pod_port\":1}}]").Rejected[0];
        Assert.Equal((RejectReason.NotAString, "time_stamp"), (first.Reason, first.Field));
        Assert.Equal((first.Reason, first.Field), (second.Reason, second.Field));
    }

    [Fact]
    public void Parse_LongRejectedRow_KeepsFourKibibytesOfIt()
    {
        var row = "{\"note\":\"" + new string('x', 10_000) + "\"}";
        var rejected = Assert.Single(Bodies.Parse($"[{row}]").Rejected);
        Assert.Equal(row[..4096], Encoding.UTF8.GetString(rejected.Raw.Span));
        Assert.Equal(row.Length, rejected.RawBytes);
    }

    [Fact]
    public void Parse_MoreRejectedRowsThanAreKept_CountsThemAll()
    {
        var batch = Bodies.Parse("[" + string.Join(',', Enumerable.Repeat("0", EventBatch.MaxRejectedKept + 1)) + "]");
        Assert.Equal(EventBatch.MaxRejectedKept + 1, batch.RejectedCount);
        Assert.Equal(EventBatch.MaxRejectedKept, batch.Rejected.Count);
    }

    [Fact]
    public void Name_EveryReason_IsSnakeCaseAndItsOwn()
    {
        var names = Enum.GetValues<RejectReason>().Where(reason => reason != RejectReason.None).Select(reason => reason.Name()).ToArray();
        Assert.Equal(names.Length, names.Distinct().Count());
        Assert.All(names, name => Assert.Matches("^[a-z0-9_]+$", name));
    }
}
