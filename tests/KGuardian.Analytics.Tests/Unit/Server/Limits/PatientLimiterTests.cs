using System.Net;
using KGuardian.Analytics.Server.Limits;
using Microsoft.AspNetCore.Http;

namespace KGuardian.Analytics.Tests.Unit.Server.Limits;

/// <summary>Waiting for time, and whose limits count.</summary>
public sealed class PatientLimiterTests
{
    [Fact]
    public async Task Who_waits_gets_its_turn_in_order_when_another_ends()
    {
        await using var limiter = new PatientLimiter(1, 100, TimeSpan.FromHours(1));
        var first = await limiter.AcquireAsync();
        var second = limiter.AcquireAsync().AsTask();
        var third = limiter.AcquireAsync().AsTask();
        Assert.True(first.IsAcquired);
        Assert.False(second.IsCompleted);

        first.Dispose();
        using (var lease = await second)
        {
            Assert.True(lease.IsAcquired);
            Assert.False(third.IsCompleted);
        }

        Assert.True((await third).IsAcquired);
    }

    [Fact]
    public async Task Who_has_waited_its_time_is_refused_and_leaves_the_queue()
    {
        await using var limiter = new PatientLimiter(1, 100, TimeSpan.FromMilliseconds(1));
        using var held = await limiter.AcquireAsync();

        using var late = await limiter.AcquireAsync();

        Assert.False(late.IsAcquired);
        // Counted a moment after it is told.
        await Patience.UntilAsync("the queue is empty", () => limiter.GetStatistics()!.CurrentQueuedCount == 0);
    }

    [Fact]
    public async Task More_than_may_wait_are_refused_at_once()
    {
        await using var limiter = new PatientLimiter(1, 1, TimeSpan.FromHours(1));
        var held = await limiter.AcquireAsync();
        var waiting = limiter.AcquireAsync().AsTask();

        Assert.False((await limiter.AcquireAsync()).IsAcquired);
        Assert.False(waiting.IsCompleted);
        held.Dispose();
        Assert.True((await waiting).IsAcquired);
    }

    [Fact]
    public async Task Who_leaves_while_it_waits_is_forgotten()
    {
        await using var limiter = new PatientLimiter(1, 100, TimeSpan.FromHours(1));
        using var held = await limiter.AcquireAsync();
        using var left = new CancellationTokenSource();
        var waiting = limiter.AcquireAsync(1, left.Token).AsTask();

        await left.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        await Patience.UntilAsync("the queue is empty", () => limiter.GetStatistics()!.CurrentQueuedCount == 0);
    }

    [Theory]
    [InlineData("10.0.0.1", "10.0.0.1")]
    [InlineData("::ffff:10.0.0.1", "10.0.0.1")]
    [InlineData("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::")]
    [InlineData("2001:db8:1:2:ffff::", "2001:db8:1:2::")]
    [InlineData("::1", "::")]
    public void Client_without_a_token_is_its_address_or_its_network_of_IPv6(string address, string client)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = IPAddress.Parse(address);

        Assert.Equal(client, ClientLimits.ClientOf(context));
    }
}
