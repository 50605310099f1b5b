using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Verdicts;

namespace KGuardian.Analytics.Tests.Unit.Verdicts;

/// <summary>What an evaluator sees of a flow.</summary>
public sealed class NewFlowTests
{
    private static readonly FlowEvent Event = FlowEvent.Of("shop-0", 1) with
    {
        PodNamespace = "shop",
        PodIp = "10.0.0.1",
        PodPort = "0443",
        TrafficInOutIp = "10.0.0.2",
        TrafficInOutPort = "80",
        TimeStamp = "1970-01-01T00:00:01",
    };

    [Fact]
    public void Pod_is_the_destination_of_INGRESS() => Assert.Equal(
        new NewFlow(null, null, "shop", "shop-0", "10.0.0.2", "10.0.0.1", 443, "TCP", 1_000_000), Read(Event with { TrafficType = "INGRESS" }));

    [Fact]
    public void Pod_is_the_source_of_EGRESS() => Assert.Equal(
        new NewFlow("shop", "shop-0", null, null, "10.0.0.1", "10.0.0.2", 80, "TCP", 1_000_000), Read(Event with { TrafficType = "EGRESS" }));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("FORWARD")]
    public void Flow_of_another_type_is_not_asked_about(string? type) => Assert.Null(Read(Event with { TrafficType = type }));

    [Fact]
    public void What_an_event_does_not_say_is_null() => Assert.Equal(
        new NewFlow(null, null, null, null, null, null, null, null, 1_000_000),
        Read(Event with
        {
            TrafficType = "INGRESS",
            PodName = null,
            PodNamespace = "",
            PodIp = null,
            PodPort = null,
            TrafficInOutIp = "",
            IpProtocol = null,
        }));

    private static NewFlow? Read(FlowEvent row) => NewFlow.Read(TestFlows.Parse($"[{row.ToJson()}]"), 0);
}
