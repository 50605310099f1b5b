namespace KGuardian.Analytics.Server.Import;

/// <summary>Holds an import to so many rows a second.</summary>
/// <param name="rate">Rows a second; null for as many as go.</param>
/// <param name="clock">The machine's time.</param>
internal sealed class ImportPace(long? rate, TimeProvider clock)
{
    private long _began;
    private long _rows;

    /// <summary>Rows of a request, where it would take so many: no more than a second's.</summary>
    public int RowsOf(ImportTable table) => (int)Math.Min(table.MostRows, rate ?? long.MaxValue);

    /// <summary>Waits until rows may be sent.</summary>
    public async Task WaitAsync(int rows, CancellationToken cancellationToken)
    {
        if (rate is not { } most)
        {
            return;
        }

        _began = _rows == 0 ? clock.GetTimestamp() : _began;
        var due = TimeSpan.FromSeconds(_rows / (double)most) - clock.GetElapsedTime(_began);
        _rows += rows;
        if (due > TimeSpan.Zero)
        {
            await Task.Delay(due, clock, cancellationToken);
        }
    }
}
