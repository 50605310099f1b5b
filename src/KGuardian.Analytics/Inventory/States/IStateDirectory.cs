namespace KGuardian.Analytics.Inventory.States;

/// <summary>
/// The present state of everything that a log has, with its indexes. Immutable: readers keep the one that they have begun with, and writers wait for
/// none.
/// </summary>
/// <typeparam name="TDirectory">The directory itself.</typeparam>
/// <typeparam name="TState">A state.</typeparam>
internal interface IStateDirectory<TDirectory, TState>
{
    /// <summary>The directory with these states in it. One that is older than what is known of the same thing changes nothing.</summary>
    TDirectory With(IReadOnlyCollection<TState> states);

    /// <summary>The directory without what had ended before a time, in microseconds since 1970.</summary>
    TDirectory WithoutEndedBefore(long micros);
}
