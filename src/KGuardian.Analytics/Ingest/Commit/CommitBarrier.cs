namespace KGuardian.Analytics.Ingest.Commit;

/// <summary>Lets any number of commits through, or none: closing it waits for those inside, and holds newcomers until it opens.</summary>
internal sealed class CommitBarrier
{
    private readonly Lock _gate = new();
    private int _inside;
    private TaskCompletionSource? _opened;
    private TaskCompletionSource? _emptied;

    /// <summary>Waits until the gate is open, and goes in. Pair with <see cref="Leave"/>.</summary>
    /// <exception cref="TimeoutException">It was closed for too long.</exception>
    public async ValueTask EnterAsync(TimeSpan limit)
    {
        while (true)
        {
            Task opened;
            lock (_gate)
            {
                if (_opened is null)
                {
                    _inside++;
                    return;
                }

                opened = _opened.Task;
            }

            await opened.WaitAsync(limit);
        }
    }

    /// <summary>Goes out.</summary>
    public void Leave()
    {
        lock (_gate)
        {
            if (--_inside == 0)
            {
                _emptied?.TrySetResult();
            }
        }
    }

    /// <summary>Closes the gate and waits until nobody is inside. One at a time.</summary>
    public Task CloseAsync()
    {
        lock (_gate)
        {
            _opened = NewSignal();
            _emptied = NewSignal();
            if (_inside == 0)
            {
                _emptied.SetResult();
            }

            return _emptied.Task;
        }
    }

    /// <summary>Opens it again.</summary>
    public void Open()
    {
        TaskCompletionSource? opened;
        lock (_gate)
        {
            (opened, _opened) = (_opened, null);
        }

        opened?.SetResult();
    }

    private static TaskCompletionSource NewSignal() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
