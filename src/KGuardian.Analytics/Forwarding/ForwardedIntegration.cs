using KGuardian.Analytics.Forwarding.Delivery;
using KGuardian.Analytics.Forwarding.Integrations;

namespace KGuardian.Analytics.Forwarding;

/// <summary>An integration as it is now; another object after each change.</summary>
/// <param name="Integration">What an administrator says.</param>
/// <param name="Channels">How far it is in each channel.</param>
/// <param name="Loop">Sends; null when nothing is sent.</param>
internal sealed record ForwardedIntegration(Integration Integration, IReadOnlyList<ChannelDelivery> Channels, IntegrationLoop? Loop) : IAsyncDisposable
{
    /// <summary>How it is.</summary>
    public DeliveryStatus Status => Loop?.Status ?? DeliveryStatus.Disabled;

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await (Loop?.DisposeAsync() ?? ValueTask.CompletedTask);
        foreach (var channel in Channels)
        {
            await channel.DisposeAsync();
        }
    }
}
