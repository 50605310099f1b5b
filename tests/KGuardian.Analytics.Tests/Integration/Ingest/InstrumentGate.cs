using System.Diagnostics.Metrics;
using KGuardian.Analytics.Ingest;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

/// <summary>Holds the thread that records a measurement until the test opens the gate: a place in the middle of the code under test.</summary>
internal sealed class InstrumentGate : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly ManualResetEventSlim _open = new();
    private readonly TaskCompletionSource _reached = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public InstrumentGate(IngestMetrics metrics, string instrument)
    {
        _listener.InstrumentPublished = (published, listener) =>
        {
            if (published.Meter == metrics.Meter && published.Name == instrument)
            {
                listener.EnableMeasurementEvents(published);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, _, _, _) => Hold());
        _listener.SetMeasurementEventCallback<double>((_, _, _, _) => Hold());
        _listener.Start();
    }

    /// <summary>Done when somebody stands at the gate.</summary>
    public Task Reached => _reached.Task.WaitAsync(Patience.Limit);

    public void Open() => _open.Set();

    public void Dispose()
    {
        Open();
        _listener.Dispose();
    }

    private void Hold()
    {
        _reached.TrySetResult();
        _open.Wait(Patience.Limit);
    }
}
