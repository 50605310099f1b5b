using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Ingest.Clearing;

/// <summary>
/// Keeps in the table <c>store</c> which clears have begun and which are done: shards are cleared one by one, and a clear that was interrupted is carried
/// out to its end before anything is stored again.
/// </summary>
internal sealed class ClearLedger(ClickHouseCluster cluster)
{
    private const string Begun = "clear_begun";
    private const string Done = "clear_done";

    public Task BeginAsync(string clear, CancellationToken cancellationToken) => WriteAsync(Begun, clear, cancellationToken);

    public Task EndAsync(string clear, CancellationToken cancellationToken) => WriteAsync(Done, clear, cancellationToken);

    /// <summary>Clears that have begun and are not done.</summary>
    public async Task<IReadOnlyList<string>> OpenAsync(CancellationToken cancellationToken) =>
        [.. await cluster.Home.QueryAsync<string>(
            new ClickHouseQuery("SELECT value FROM store WHERE name = {begun:String} AND value NOT IN (SELECT value FROM store WHERE name = {done:String})")
                .With("begun", Begun).With("done", Done),
            cancellationToken)];

    private Task WriteAsync(string name, string clear, CancellationToken cancellationToken) =>
        cluster.Home.ExecuteAsync(
            new ClickHouseQuery("INSERT INTO store (name, value) SELECT {name:String}, {clear:String}")
                .With("name", name).With("clear", clear).WithSetting("async_insert", "0"),
            cancellationToken);
}
