namespace KGuardian.Analytics.Inventory.States;

/// <summary>A change that waits to be durable. Either the log takes it on, or who waits gives it up before: never both.</summary>
/// <typeparam name="TDirectory">What it is decided by.</typeparam>
/// <typeparam name="TState">What it writes.</typeparam>
/// <param name="subject">What it is about, see <see cref="IState.Subject"/>.</param>
/// <param name="decide">What is to be written, given the directory that the changes before it lead to. It may refuse by <see
/// cref="InventoryUnavailableException"/>.</param>
internal sealed class StateChange<TDirectory, TState>(string subject, Func<TDirectory, StateSequence, IReadOnlyList<TState>> decide)
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _isTaken;

    /// <summary>What it is about, see <see cref="IState.Subject"/>.</summary>
    public string Subject => subject;

    /// <summary>Ends when the change is durable and in effect.</summary>
    public Task Done => _done.Task;

    /// <summary>Decides what is to be written.</summary>
    public IReadOnlyList<TState> Decide(TDirectory directory, StateSequence sequence) => decide(directory, sequence);

    /// <summary>Takes the change, to carry it out or to give it up; false when it was taken before.</summary>
    public bool TryTake() => Interlocked.Exchange(ref _isTaken, 1) == 0;

    /// <summary>It is durable and in effect.</summary>
    public void Complete() => _done.TrySetResult();

    /// <summary>Nothing of it is in effect.</summary>
    public void Fail(Exception reason) => _done.TrySetException(reason);
}
