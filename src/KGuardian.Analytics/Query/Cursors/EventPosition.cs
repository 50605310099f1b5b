namespace KGuardian.Analytics.Query.Cursors;

/// <summary>A place in the order of events: by time, then by a number that tells events of one time apart. It need not be that of any event.</summary>
/// <param name="Micros">Microseconds since 1970.</param>
/// <param name="Id">Of the event: an activity's is its flow id.</param>
internal readonly record struct EventPosition(long Micros, ulong Id) : IComparable<EventPosition>
{
    /// <inheritdoc/>
    public int CompareTo(EventPosition other) => Micros != other.Micros ? Micros.CompareTo(other.Micros) : Id.CompareTo(other.Id);
}
