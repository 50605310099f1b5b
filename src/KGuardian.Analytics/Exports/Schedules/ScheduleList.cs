using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Exports.Schedules;

/// <summary>The schedules that there are, which are those of the table. Anybody may read the list; one at a time may change it.</summary>
/// <param name="table">Where they are stored.</param>
internal sealed class ScheduleList(ScheduleTable table) : IDisposable
{
    private readonly SemaphoreSlim _changing = new(1);
    private volatile IReadOnlyList<ExportSchedule> _schedules = [];

    /// <summary>Every schedule, in the order of their creation.</summary>
    public IReadOnlyList<ExportSchedule> All => _schedules;

    /// <summary>A schedule; null when there is none of this id.</summary>
    public ExportSchedule? Find(string id) => _schedules.FirstOrDefault(schedule => schedule.Id == id);

    /// <summary>Reads them.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task ReadAsync(CancellationToken cancellationToken) => _schedules = await table.ReadAsync(cancellationToken);

    /// <summary>Does something while nobody else changes schedules, or files that they wait for.</summary>
    public async Task<T> ChangeAsync<T>(Func<Task<T>> change)
    {
        await _changing.WaitAsync();
        try
        {
            return await change();
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>Stores a schedule: a new one, or what one has become. Only within <see cref="ChangeAsync"/>.</summary>
    /// <exception cref="ClickHouseException">It may not be stored.</exception>
    public async Task StoreAsync(ExportSchedule changed)
    {
        await table.WriteAsync(changed, CancellationToken.None);
        _schedules = Find(changed.Id) is null
            ? [.. _schedules, changed]
            : [.. _schedules.Select(schedule => schedule.Id == changed.Id ? changed : schedule)];
    }

    /// <summary>Deletes a schedule. Only within <see cref="ChangeAsync"/>.</summary>
    /// <exception cref="ClickHouseException">It may not be stored.</exception>
    public async Task DeleteAsync(string id)
    {
        await table.DeleteAsync(id, CancellationToken.None);
        _schedules = [.. _schedules.Where(schedule => schedule.Id != id)];
    }

    /// <inheritdoc/>
    public void Dispose() => _changing.Dispose();
}
