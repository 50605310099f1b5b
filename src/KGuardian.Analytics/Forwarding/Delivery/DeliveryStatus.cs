namespace KGuardian.Analytics.Forwarding.Delivery;

/// <summary>How an integration is.</summary>
internal enum DeliveryStatus
{
    /// <summary>Nothing is sent, as an administrator says.</summary>
    Disabled,

    /// <summary>Events are delivered as they come.</summary>
    Active,

    /// <summary>The last try failed; the same events are sent again.</summary>
    BackingOff,

    /// <summary>The same, and nothing will come of it before an administrator changes something.</summary>
    Failing,
}
