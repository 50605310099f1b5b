namespace KGuardian.Analytics.Exports;

/// <summary>An export under way.</summary>
internal sealed class RunningExport : IDisposable
{
    private readonly CancellationTokenSource _cancelled;

    /// <summary>It begins.</summary>
    /// <param name="fileId">The file that it makes.</param>
    /// <param name="scheduleId">Of which schedule.</param>
    /// <param name="stopping">Ends it.</param>
    public RunningExport(string fileId, string scheduleId, CancellationToken stopping)
    {
        (FileId, ScheduleId) = (fileId, scheduleId);
        _cancelled = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        Token = _cancelled.Token;
    }

    /// <summary>The file that it makes.</summary>
    public string FileId { get; }

    /// <summary>Of which schedule.</summary>
    public string ScheduleId { get; }

    /// <summary>Cancelled when it is to end.</summary>
    public CancellationToken Token { get; }

    /// <summary>Ends it; does nothing where it has ended.</summary>
    public void Cancel()
    {
        lock (_cancelled)
        {
            if (!_isDisposed)
            {
                _cancelled.Cancel();
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_cancelled)
        {
            _isDisposed = true;
            _cancelled.Dispose();
        }
    }

    private bool _isDisposed;
}
