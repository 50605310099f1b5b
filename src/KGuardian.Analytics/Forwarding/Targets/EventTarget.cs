using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Integrations;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>Where events of one integration go to. Not safe for concurrent use.</summary>
internal abstract class EventTarget : IAsyncDisposable
{
    /// <summary>Longest time of one try, the target's whole answer included.</summary>
    protected static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Whether what was sent is delivered when <see cref="SendAsync"/> returns; else <see cref="Acknowledged"/> says later how far it is.</summary>
    public virtual bool Answers => true;

    /// <summary>Bytes that were written so far, over all connections.</summary>
    public long Written { get; protected set; }

    /// <summary>Up to which of them the other side's system has confirmed; as many as <see cref="Written"/> where no system says so.</summary>
    public virtual long Acknowledged => Written;

    /// <summary>What ended the connection since the last send; null while it stands.</summary>
    public virtual BrokenConnection? Broken => null;

    /// <summary>The target of an integration.</summary>
    public static EventTarget Of(Integration integration, TargetAddresses addresses, string hostName) => integration.Type switch
    {
        Integration.Syslog when integration.Connection.Protocol == "udp" => new SyslogDatagrams(integration.Connection, addresses, hostName),
        Integration.Syslog => new SyslogStream(integration.Connection, addresses, hostName),
        Integration.Splunk => new SplunkTarget(integration, addresses, hostName),
        Integration.Otlp => new OtlpTarget(integration, addresses, hostName),
        _ => new WebhookTarget(integration, addresses),
    };

    /// <summary>Sends events.</summary>
    /// <returns>What the target said, for people.</returns>
    /// <exception cref="TargetException">They are not delivered.</exception>
    public abstract Task<string> SendAsync(EventRun run, CancellationToken cancellationToken);

    /// <inheritdoc/>
    public virtual ValueTask DisposeAsync() => ValueTask.CompletedTask;
}

/// <summary>How a connection ended.</summary>
/// <param name="Reason">Why, for people.</param>
/// <param name="IsOrderly">Whether the other side closed it in order.</param>
internal sealed record BrokenConnection(string Reason, bool IsOrderly);
