using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Tests.Integration.Query;

/// <summary>Two million flows, stored once for the tests of a class: 2,000 pods talk to a frequent peer, one to a rare one.</summary>
public sealed class FrequentAndRareFlows : IAsyncLifetime
{
    public const int Rows = 2_000_000;

    private TestDatabase _database = null!;

    internal ClickHouseClient Client { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        _database = await TestClients.CreateMigratedDatabaseAsync();
        await _database.SqlAsync($"""
            INSERT INTO traffic (uuid, pod_name, pod_namespace, pod_ip, pod_port, traffic_in_out_ip, traffic_in_out_port, time_stamp, arrival_day, version)
            SELECT UUIDStringToNum(toString(generateUUIDv4(number))), concat('pod-', toString(number % 2000)), if(number % 1000000 = 7, 'rare', 'ns'),
                concat('10.1.', toString(intDiv(number % 2000, 256)), '.', toString(number % 256)), number % 60000,
                multiIf(number % 1000000 = 7, '2001:DB8::7', number % 10 = 3, '10.96.0.10', concat('10.9.0.', toString(number % 2000 % 250))),
                number % 65536, toDateTime64('2026-05-12', 6, 'UTC') + number / 100, '2026-05-12', 1
            FROM numbers({Rows})
            """);
        Client = _database.Client();
    }

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await _database.DisposeAsync();
    }
}
