using System.Text.Json.Serialization;

namespace KGuardian.Analytics.Clocks;

/// <summary>Why a machine's clock is not believed.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<ClockDoubt>))]
internal enum ClockDoubt
{
    /// <summary>It moved by more than the time that passed since, as the monotonic clock counts it.</summary>
    Stepped,

    /// <summary>At the start it was far from the newest time that this data directory, the journal or the store have seen.</summary>
    Started,

    /// <summary>It is before this program was made: a machine without a clock chip that has not asked anybody for the time yet.</summary>
    Impossible,

    /// <summary>ClickHouse's clock says something else.</summary>
    ClickHouse,
}

/// <summary>A clock that is not believed: what may not be undone waits.</summary>
/// <param name="Doubt">Why.</param>
/// <param name="Since">Since when, by the time that is believed.</param>
/// <param name="Reason">The same for people, with both times.</param>
internal sealed record ClockHold(ClockDoubt Doubt, DateTimeOffset Since, string Reason);

/// <summary>A move of the believed time onto the machine's clock, not made yet: see <see cref="TrustedClock.Adopt"/>.</summary>
/// <param name="From">The time believed so far.</param>
/// <param name="To">The machine's clock at the same moment.</param>
/// <param name="Timestamp">That moment on the monotonic clock.</param>
/// <param name="Witness">Who says that the machine's clock is right.</param>
internal sealed record ClockStep(DateTimeOffset From, DateTimeOffset To, long Timestamp, string Witness)
{
    /// <summary>How much later it gets; negative when earlier.</summary>
    public TimeSpan Ahead => To - From;
}
