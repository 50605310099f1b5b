using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Dedup.Runs;
using KGuardian.Analytics.Tests.Testing.Nodes;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

/// <summary>More flows than memory holds: files of known flows over restarts, crashes, damage and clears.</summary>
public sealed class KnownFlowsTests : TierTest
{
    private const int Flows = 3000;

    private static readonly IEnumerable<int> All = Enumerable.Range(0, Flows);

    private string Files => RunningTier.KnownFlowsIn(Journal);

    [Fact]
    public async Task Flows_that_memory_does_not_hold_are_known_from_files_also_after_an_orderly_end()
    {
        await using (var running = await StartAsync())
        {
            await CommitAllAsync(running);
            Assert.Equal(0, await running.CommitAsync(All));
            Assert.Equal(1, await running.CommitAsync([5, Flows, 5, Flows]));
            Assert.True(running.Tier.Status is { IsIndexComplete: true, KnownFlows: Flows + 1 });
            await running.Tier.StopAsync(CancellationToken.None);
        }

        await using var next = await StartAsync();
        // All of it is in files, and nothing was read from ClickHouse.
        Assert.Equal(Flows + 1, (int)next.Tier.Status.KnownFlows);
        Assert.Equal(0, next.Tier.FlowsOfNoFile);
        Assert.Equal(0, await next.CommitAsync(All));
        await AssertStoredAsync(Flows + 1);
    }

    [Fact]
    public async Task Many_at_once_stay_exact_while_files_are_written_and_merged()
    {
        await using var running = await RunningTier.StartAsync(
            Database, Journal, new IngestOptions { LoadInterval = TimeSpan.FromMilliseconds(5) }, RunningTier.LittleMemory);

        await AssertExactByManyAsync(running, clients: 24, batches: 20, flows: 60, of: 20_000);
        Assert.True(running.Tier.Status.IsIndexComplete);
    }

    [Fact]
    public async Task Crash_with_flows_in_files_in_memory_and_in_the_journal_keeps_each_once()
    {
        for (var round = 1; round <= 4; round++)
        {
            await using var running = await StartAsync();
            Assert.Equal(700, await running.CommitAsync(Enumerable.Range((round - 1) * 700, 700)));
            Assert.Equal(0, await running.CommitAsync(Enumerable.Range(0, round * 700)));
        }

        await using var next = await StartAsync();
        Assert.Equal(0, await next.CommitAsync(Enumerable.Range(0, 2800)));
        await next.FlushAsync();
        await AssertStoredAsync(2800);
    }

    [Theory]
    [InlineData("gone")]
    [InlineData("manifest")]
    [InlineData("cut")]
    [InlineData("filter")]
    [InlineData("older")]
    public async Task Files_that_are_of_no_use_at_a_start_are_made_anew_while_ingest_is_exact(string damage)
    {
        using var older = new TestDirectory();
        await using (var running = await StartAsync())
        {
            await running.CommitAsync(All.Take(1000));
            await running.Tier.StopAsync(CancellationToken.None);
            Copy(Files, older.Path);
        }

        await using (var running = await StartAsync())
        {
            await CommitAllAsync(running);
            await running.Tier.StopAsync(CancellationToken.None);
        }

        var file = Directory.GetFiles(Files, "*.keys").MaxBy(path => new FileInfo(path).Length)!;
        switch (damage)
        {
            case "gone": Directory.Delete(Files, recursive: true); break;
            case "manifest": await File.WriteAllTextAsync(Path.Combine(Files, "runs.json"), "{}"); break;
            case "cut": await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file))[..^100]); break;
            case "filter": Flip(file, -1); break;
            default:
                Directory.Delete(Files, recursive: true);
                Copy(older.Path, Files);
                break;
        }

        await using var next = await StartAsync();
        Assert.Equal(0, await next.CommitAsync(All));
        Assert.Equal(10, await next.CommitAsync(Enumerable.Range(Flows - 100, 110)));
        await Patience.UntilAsync(() => next.Tier.Status is { IsIndexComplete: true, KnownFlows: Flows + 10 });
        Assert.Equal(0, await next.CommitAsync(Enumerable.Range(0, Flows + 10)));
        await next.FlushAsync();
        await AssertStoredAsync(Flows + 10);
    }

    [Fact]
    public async Task Page_that_is_damaged_while_the_server_runs_is_seen_and_costs_no_flow()
    {
        await using var running = await StartAsync();
        await CommitAllAsync(running);
        await Patience.UntilAsync(() => running.Tier.FlowsOfNoFile < 64);
        var damaged = new HashSet<string>();
        await Patience.UntilAsync(() =>
        {
            try
            {
                foreach (var file in Directory.GetFiles(Files, "*.keys").Except(damaged))
                {
                    Flip(file, KeyPage.Bytes + 100);
                    damaged.Add(file);
                }

                return true;
            }
            catch (FileNotFoundException)
            {
                // Merged into another one meanwhile.
                return false;
            }
        });

        Assert.Equal(0, await running.CommitAsync(All));
        Assert.Equal(500, await running.CommitAsync(Enumerable.Range(Flows, 500)));
        await Patience.UntilAsync(() => running.Tier.Status is { IsIndexComplete: true, KnownFlows: Flows + 500 });
        Assert.Equal(0, await running.CommitAsync(Enumerable.Range(0, Flows + 500)));
        await running.FlushAsync();
        await AssertStoredAsync(Flows + 500);
    }

    [Fact]
    public async Task Files_that_cannot_be_written_cost_no_flow_and_are_made_when_they_can()
    {
        var draft = Path.Combine(Files, "runs.json.draft");
        Directory.CreateDirectory(draft);
        await using var running = await StartAsync();
        await CommitAllAsync(running);
        await Patience.UntilAsync(() => !running.Tier.Status.IsIndexComplete);
        Assert.Equal(0, await running.CommitAsync(All));
        Assert.Equal(300, await running.CommitAsync(Enumerable.Range(Flows - 300, 600)));

        Directory.Delete(draft);
        await Patience.UntilAsync(() => running.Tier.Status is { IsIndexComplete: true, KnownFlows: Flows + 300 });
        Assert.Equal(0, await running.CommitAsync(Enumerable.Range(0, Flows + 300)));
        await running.FlushAsync();
        await AssertStoredAsync(Flows + 300);
    }

    [Fact]
    public async Task Cleared_flows_are_new_again_also_with_files_of_before_the_clear()
    {
        using var before = new TestDirectory();
        await using (var running = await StartAsync())
        {
            await CommitAllAsync(running);
            await running.Tier.StopAsync(CancellationToken.None);
        }

        Copy(Files, before.Path);
        await using (var running = await StartAsync())
        {
            Assert.Equal(Flows, await running.Tier.ClearAsync());
            Assert.Equal(100, await running.CommitAsync(All.Take(100)));
            Assert.Equal(0, await running.CommitAsync(All.Take(100)));
            await running.Tier.StopAsync(CancellationToken.None);
        }

        // As when the server was killed between the clear and the deletion of its files.
        Directory.Delete(Files, recursive: true);
        Copy(before.Path, Files);
        await using var next = await StartAsync();
        Assert.Equal(Flows - 100, await next.CommitAsync(All));
        await next.FlushAsync();
        await AssertStoredAsync(Flows);
    }

    [Fact]
    public async Task Rows_that_were_deleted_by_hand_are_noticed_at_the_next_start()
    {
        await using (var running = await StartAsync())
        {
            await CommitAllAsync(running);
            await running.Tier.StopAsync(CancellationToken.None);
        }

        await Database.SqlAsync("ALTER TABLE traffic DELETE WHERE traffic_in_out_ip = '10.1.3.1' SETTINGS mutations_sync = 2");
        // What it still has would be brought in again.
        Directory.GetFiles(Journal.Path, "journal-*").ToList().ForEach(File.Delete);
        var left = int.Parse(await Database.SqlAsync("SELECT count() FROM traffic"), System.Globalization.CultureInfo.InvariantCulture);

        await using var next = await StartAsync();
        Assert.Equal(Flows - left, await next.CommitAsync(All));
        await next.FlushAsync();
        await AssertStoredAsync(Flows);
    }

    [Fact]
    public async Task Files_of_another_store_are_not_believed()
    {
        await using (var running = await StartAsync())
        {
            await CommitAllAsync(running);
            await running.Tier.StopAsync(CancellationToken.None);
        }

        await using var other = await TestClients.CreateMigratedDatabaseAsync();
        await using var next = await RunningTier.StartAsync(other, Journal, new IngestOptions(), RunningTier.LittleMemory);
        Assert.Equal(Flows, await next.CommitAsync(All));
    }

    private static void Flip(string file, long at)
    {
        using var stream = new FileStream(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        stream.Position = at < 0 ? stream.Length + at : at;
        var value = stream.ReadByte();
        stream.Position--;
        stream.WriteByte((byte)(value ^ 1));
    }

    private static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from))
        {
            File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        }
    }

    private static async Task CommitAllAsync(RunningTier running)
    {
        var known = (int)running.Tier.Status.KnownFlows;
        var fresh = 0;
        foreach (var batch in All.Chunk(250))
        {
            fresh += await running.CommitAsync(batch);
        }

        Assert.Equal(Flows - known, fresh);
    }

    private Task<RunningTier> StartAsync() => RunningTier.StartAsync(Database, Journal, new IngestOptions(), RunningTier.LittleMemory);
}
