using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Verdicts;

/// <summary>
/// Writes verdicts that another store had. They get the ids, and so the place and the day, of the time when they were observed, and one that is there
/// already is not written again. Safe for concurrent use on one server.
/// </summary>
internal sealed class VerdictImport(ClickHouseCluster cluster, TimeProvider clock) : IDisposable
{
    private readonly SemaphoreSlim _turn = new(1);

    /// <summary>
    /// Stores those that are not there; durable when this returns. Returns how many were stored. Of two that are the same one is.
    /// </summary>
    /// <param name="rows">Verdicts; their ids do not matter.</param>
    /// <param name="observed">When each was observed, in microseconds since 1970; not before 2026.</param>
    /// <param name="cancellationToken">Ends it; what was stored then is found by the next try.</param>
    /// <exception cref="ClickHouseException">ClickHouse failed; some may be stored.</exception>
    public async Task<int> AddAsync(IReadOnlyList<AuditVerdict> rows, IReadOnlyList<long> observed, CancellationToken cancellationToken)
    {
        if (rows.Count == 0)
        {
            return 0;
        }

        var now = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        var numbered = rows.Zip(observed, (row, micros) => row with { Id = VerdictSequence.IdAt(Math.Min(micros, now), MarkOf(row)) }).Distinct().ToArray();
        // Who is asked what is there must not be overtaken by another who writes it.
        await _turn.WaitAsync(cancellationToken);
        try
        {
            var there = await new VerdictReader(cluster).OfIdsAsync(
                string.Join(',', numbered.Select(row => row.Id.ToString(CultureInfo.InvariantCulture))), cancellationToken);
            var fresh = numbered.Except(there).ToArray();
            if (fresh.Length > 0)
            {
                await cluster.Home.InsertAsync(
                    new ClickHouseQuery("INSERT INTO audit_verdicts FORMAT JSONEachRow").WithSetting("date_time_input_format", "best_effort"),
                    async (stream, cancelled) =>
                    {
                        foreach (var row in fresh)
                        {
                            await JsonSerializer.SerializeAsync(stream, row, VerdictLog.SnakeCase, cancelled);
                        }
                    },
                    cancellationToken);
            }

            return fresh.Length;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _turn.Dispose();

    /// <summary>Bits of what a verdict says, so that those of one moment get different ids, and the same one always its own.</summary>
    private static int MarkOf(AuditVerdict row) =>
        BinaryPrimitives.ReadUInt16LittleEndian(SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes(row with { Id = 0 })));
}
