using System.Net;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Faults;

/// <summary>One query that wants more memory than it may have.</summary>
public sealed class MemoryLimitTests
{
    [Fact]
    public async Task Query_over_its_memory_is_refused_with_the_reason_and_others_go_on()
    {
        await using var store = await RemoteStore.CreateAsync();
        // The least that may be set.
        await using var server = await store.StartServerAsync(("KGUARDIAN_QUERY__MEMORYLIMITBYTES", "16777216"));
        await store.SqlAsync("""
            INSERT INTO kguardian.traffic
                (uuid, pod_name, pod_namespace, pod_ip, pod_port, ip_protocol, traffic_type, traffic_in_out_ip, traffic_in_out_port, decision, time_stamp, arrival_day, version)
            SELECT reinterpretAsFixedString(generateUUIDv4()), toString(number), 'tests', toString(number), 8080, 'TCP', 'INGRESS', toString(number), 0, 'ALLOW',
                   toDateTime64('2026-05-12 10:00:00', 6, 'UTC') + toIntervalMillisecond(number), today(), 1
            FROM numbers(600000)
            """);
        await using var load = new FlowLoad(server.Api, clients: 2);
        await load.GrowAsync(100);

        for (var round = 0; round < 3; round++)
        {
            using var refused = await ApiClient.PatientlyAsync(() => server.Api.GetAsync("/api/v1/flows/top?from=2026-05-01&to=2026-06-01&by=pod,peer_ip"));
            var problem = await Problem.AssertAsync(refused, HttpStatusCode.UnprocessableEntity, "MemoryLimitBytes");
            Assert.DoesNotContain("Stack trace", problem.GetRawText(), StringComparison.OrdinalIgnoreCase);
            using var page = await ApiClient.PatientlyAsync(() => server.Api.GetAsync("/api/v1/flows?from=2026-05-01&to=2026-06-01&limit=10"));
            Assert.Equal(HttpStatusCode.OK, page.StatusCode);
            await load.GrowAsync(100);
        }

        await load.EndAsync();
        await load.AssertStoredAsync(server.Api, exact: true);
        await server.HealthyAsync();
    }
}
