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

    private static string Text(EventBatch batch, EventField field) => Encoding.UTF8.GetString(batch.TextOf(field, 0));
}
