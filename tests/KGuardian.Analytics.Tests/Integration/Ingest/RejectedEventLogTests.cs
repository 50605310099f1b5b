using KGuardian.Analytics.Ingest;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Ingest.Rejects;
using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Ingest;

public sealed class RejectedEventLogTests : TierTest
{
    private readonly IngestMetrics _metrics = new(Meters.New());
    private TcpRelay _relay = null!;
    private ClickHouseClient _client = null!;
    private RejectedEventLog _log = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _relay = new TcpRelay(Database.Endpoint.Url);
        _client = Database.Client(through: _relay.Address);
        _log = new RejectedEventLog(
            ClickHouseCluster.Of(_client), new IngestOptions { MaxRejectedRows = 5 }, TimeProvider.System, _metrics, NullLogger.Instance);
    }

    public override async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _relay.DisposeAsync();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Flush_writes_reason_field_and_the_raw_bytes_cut_at_4_KiB()
    {
        var batch = new EventBatch();
        var parser = new EventParser(new EventParserOptions(), TestFlows.Hasher);
        parser.Begin(BodyShape.Batch);
        parser.Parse([.. "[{\"uuid\":\""u8, 0xFF, 0xFE, .. "\"},\""u8, .. new byte[5000].Select(_ => (byte)'x'), .. "\"]"u8], isFinal: true, batch);
        _log.Add(batch);

        await _log.FlushAsync(CancellationToken.None);
        await _log.FlushAsync(CancellationToken.None);

        Assert.Equal(
            "invalid_utf8\tuuid\t7B2275756964223A22FFFE227D\t1\nnot_an_object\t\t227878\t1",
            await Database.SqlAsync("""
                SELECT reason, field, hex(length(raw) = 4096 ? substring(raw, 1, 3) : raw), abs(dateDiff('minute', received_at, now64())) < 10
                FROM rejected_events ORDER BY reason
                """));
    }

    [Fact]
    public async Task Flush_that_fails_keeps_the_rows_for_the_next()
    {
        _log.Add(TestFlows.Parse("[1,2]"));
        _relay.GoAway();
        await Assert.ThrowsAsync<ClickHouseException>(() => _log.FlushAsync(CancellationToken.None));
        Assert.Equal(2, _log.Rows);
        _relay.Open();
        _log.Add(TestFlows.Parse("[3]"));

        await _log.FlushAsync(CancellationToken.None);

        Assert.Equal("1,2,3", await Database.SqlAsync("SELECT arrayStringConcat(arraySort(groupArray(raw)), ',') FROM rejected_events"));
    }

    [Fact]
    public async Task Add_of_more_than_is_kept_counts_them_and_keeps_the_first()
    {
        _log.Add(TestFlows.Parse("[1,2,3]"));
        _log.Add(TestFlows.Parse("[4,5,6,7]"));

        await _log.FlushAsync(CancellationToken.None);

        Assert.Equal("1,2,3,4,5", await Database.SqlAsync("SELECT arrayStringConcat(arraySort(groupArray(raw)), ',') FROM rejected_events"));
    }
}
