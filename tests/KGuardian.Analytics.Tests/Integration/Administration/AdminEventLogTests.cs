using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Store;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using KGuardian.ClickHouse.Migrations;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Administration;

/// <summary>The log of administrative acts, over a line that breaks.</summary>
public sealed class AdminEventLogTests
{
    private static readonly AdminInitiator Somebody = new("id", "name 'quoted\" \\");

    [Fact]
    public async Task Events_are_kept_bounded_while_ClickHouse_is_away_and_stored_afterwards_newest_first()
    {
        await using var database = await SharedNode.CreateDatabaseAsync();
        using var line = new BrokenLine();
        using var client = await ClientAsync(database, line);
        await using var log = new AdminEventLog(ClickHouseCluster.Of(client), TimeProvider.System, Meters.New(), NullLogger<AdminEventLog>.Instance);

        line.CutBefore = true;
        for (var i = 0; i < 1200; i++)
        {
            log.Record(AdminActivity.FlowsCleared, Somebody, $"target {i}", ("n", $"{i}"));
        }

        await Assert.ThrowsAsync<ClickHouseException>(() => log.FlushAsync(CancellationToken.None));
        line.CutBefore = false;
        await log.FlushAsync(CancellationToken.None);

        var events = await new AdminEventReader(ClickHouseCluster.Of(client)).NewestAsync(10_000, CancellationToken.None);
        Assert.Equal(Enumerable.Range(0, 1000).Reverse().Select(i => $"target {i}"), events.Select(row => row.TargetId));
        Assert.Equal(events.Count, events.Select(row => row.Id).Distinct().Count());
        Assert.Equal(("flows.clear", "Flows cleared", Somebody.Name, "999"),
            (events[0].ActivityCode, events[0].Activity, events[0].InitiatorName, events[0].Meta["n"]));
        Assert.Equal(5, (await new AdminEventReader(ClickHouseCluster.Of(client)).NewestAsync(5, CancellationToken.None)).Count);
    }

    [Fact]
    public async Task Event_whose_answer_was_lost_is_stored_once()
    {
        await using var database = await SharedNode.CreateDatabaseAsync();
        using var line = new BrokenLine();
        using var client = await ClientAsync(database, line);
        await using var log = new AdminEventLog(ClickHouseCluster.Of(client), TimeProvider.System, Meters.New(), NullLogger<AdminEventLog>.Instance);

        log.Record(AdminActivity.RetentionChanged, Somebody, "first");
        line.CutAfter = true;
        await Assert.ThrowsAsync<ClickHouseException>(() => log.FlushAsync(CancellationToken.None));
        line.CutAfter = false;
        log.Record(AdminActivity.RetentionChanged, Somebody, "second");
        await log.FlushAsync(CancellationToken.None);

        var events = await new AdminEventReader(ClickHouseCluster.Of(client)).NewestAsync(10, CancellationToken.None);
        Assert.Equal(["second", "first"], events.Select(row => row.TargetId));
    }

    private static async Task<ClickHouseClient> ClientAsync(TestDatabase database, BrokenLine line)
    {
        var client = new ClickHouseClient(
            [database.Endpoint], new ClickHouseClientOptions { Database = database.Name }, NullLogger<ClickHouseClient>.Instance, line);
        await new Migrator(client, StoreSchema.Migrations, NullLogger<Migrator>.Instance).MigrateAsync(alone: true);
        return client;
    }
}
