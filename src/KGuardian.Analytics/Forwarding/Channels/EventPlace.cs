namespace KGuardian.Analytics.Forwarding.Channels;

/// <summary>A place in a channel's order of arrival. Events that arrived together have one sequence and are told apart by their ids.</summary>
/// <param name="Sequence">As the channel's table has it; 0 is before all events.</param>
/// <param name="Id">The event's id; of channels whose sequences are distinct the empty text.</param>
internal readonly record struct EventPlace(long Sequence, string Id)
{
    /// <summary>Before all events.</summary>
    public static readonly EventPlace Begin = new(0, "");

    /// <summary>Behind all events of a sequence: ids are hexadecimal digits, which all come before the tilde.</summary>
    public static EventPlace BehindAllOf(long sequence) => new(sequence, "~");
}
