using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>Lets a process run half of the time, until it is disposed.</summary>
internal sealed class SlowProcess : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _loop;

    public SlowProcess(int processId) => _loop = Task.Run(() => SlowDownAsync(processId));

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _loop;
        _stop.Dispose();
    }

    private async Task SlowDownAsync(int processId)
    {
        while (!_stop.IsCancellationRequested)
        {
            Signals.Freeze(processId);
            await Task.Delay(50);
            Signals.Thaw(processId);
            await Task.Delay(50);
        }
    }
}
