using System.Text.Json;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Views;

/// <summary>The views that were kept, as the table has them now: several servers write it. Safe for concurrent use.</summary>
/// <param name="cluster">The store; they are on its first shard.</param>
/// <param name="clock">Now.</param>
internal sealed class SavedViews(ClickHouseCluster cluster, TimeProvider clock) : IDisposable
{
    /// <summary>Most views: what a menu can be searched for by eye, and some 900 kB at most.</summary>
    public const int MostViews = 200;

    private readonly RowVersions _versions = new(clock);
    private readonly SemaphoreSlim _changing = new(1);

    /// <summary>The views that there are, by name.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<SavedView>> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await cluster.Home.QueryAsync<Row>(
            new ClickHouseQuery("SELECT v.name AS name, toInt64(v.version) AS version, v.document AS document FROM console_views AS v FINAL ORDER BY name"),
            cancellationToken);
        _versions.GoBehind(rows.Select(row => row.Version).DefaultIfEmpty().Max());
        return [.. rows.Where(row => row.Document.Length > 0).Select(row => JsonSerializer.Deserialize<Document>(row.Document)!.ViewOf(row))];
    }

    /// <summary>Keeps a view, or another address for one that there is; durable when this returns.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="address">Where it leads.</param>
    /// <param name="who">Who keeps it.</param>
    /// <param name="condition">What must be so before.</param>
    /// <exception cref="ViewException">Name or address cannot be kept.</exception>
    /// <exception cref="ClickHouseException">It may not be stored.</exception>
    public Task<ViewChange> PutAsync(string name, string address, string who, ViewCondition condition)
    {
        SavedView.Check(name, address);
        return ChangeAsync(name, condition, async (before, count) =>
        {
            if (before is null && count >= MostViews)
            {
                return new ViewChange(ViewResult.Full, null, null);
            }

            var now = clock.GetUtcNow();
            var after = new SavedView(name, address, _versions.Next(), before?.CreatedOn ?? now, before?.CreatedBy ?? who, now, who);
            await WriteAsync(after.Name, after.Version, JsonSerializer.Serialize(Document.Of(after)));
            return new ViewChange(ViewResult.Done, before, after);
        });
    }

    /// <summary>Deletes a view; durable when this returns.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="condition">What must be so before.</param>
    /// <exception cref="ClickHouseException">It may not be stored.</exception>
    public Task<ViewChange> DeleteAsync(string name, ViewCondition condition) => ChangeAsync(name, condition, async (before, _) =>
    {
        if (before is null)
        {
            return new ViewChange(ViewResult.Unknown, null, null);
        }

        await WriteAsync(name, _versions.Next(), "");
        return new ViewChange(ViewResult.Done, before, null);
    });

    /// <inheritdoc/>
    public void Dispose() => _changing.Dispose();

    // Once begun it is carried out, whether or not the client waits: the audit log must not miss it.
    private async Task<ViewChange> ChangeAsync(string name, ViewCondition condition, Func<SavedView?, int, Task<ViewChange>> change)
    {
        await _changing.WaitAsync();
        try
        {
            var all = await ReadAsync(CancellationToken.None);
            var before = all.FirstOrDefault(view => view.Name == name);
            return condition.Holds(before) ? await change(before, all.Count) : new ViewChange(ViewResult.IsOther, before, before);
        }
        finally
        {
            _changing.Release();
        }
    }

    private Task WriteAsync(string name, long version, string document) =>
        cluster.Home.InsertAsync(
            new ClickHouseQuery("INSERT INTO console_views FORMAT JSONEachRow"),
            (stream, cancelled) => JsonSerializer.SerializeAsync(stream, new { name, version, document }, cancellationToken: cancelled),
            CancellationToken.None);

    private sealed record Row(string Name, long Version, string Document);

    private sealed record Document(string Address, DateTimeOffset CreatedOn, string CreatedBy, DateTimeOffset ChangedOn, string ChangedBy)
    {
        public static Document Of(SavedView view) => new(view.Address, view.CreatedOn, view.CreatedBy, view.ChangedOn, view.ChangedBy);

        public SavedView ViewOf(Row row) => new(row.Name, Address, row.Version, CreatedOn, CreatedBy, ChangedOn, ChangedBy);
    }
}
