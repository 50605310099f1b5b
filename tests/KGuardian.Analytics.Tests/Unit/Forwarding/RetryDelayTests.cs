using KGuardian.Analytics.Forwarding.Delivery;

namespace KGuardian.Analytics.Tests.Unit.Forwarding;

/// <summary>How long a target that failed is left alone.</summary>
public sealed class RetryDelayTests
{
    [Fact]
    public void Delay_doubles_up_to_five_minutes_and_begins_again_after_a_success()
    {
        var delay = new RetryDelay(RetryDelay.First);

        foreach (var seconds in new[] { 1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300 })
        {
            Assert.InRange(delay.Next().TotalSeconds, 0.8 * seconds, 1.2 * seconds);
        }

        for (var i = 0; i < 1000; i++)
        {
            delay.Next();
        }

        Assert.InRange(delay.Next().TotalSeconds, 240, 360);
        delay.Reset();
        Assert.InRange(delay.Next().TotalSeconds, 0.8, 1.2);
    }
}
