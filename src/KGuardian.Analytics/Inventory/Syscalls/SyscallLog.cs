using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Inventory.Syscalls;

/// <summary>
/// The table <c>pod_syscalls</c>: sets are added and never replaced, and what is read is their union, so that no server needs to know what others
/// wrote. Posts at once go into one insert. Safe for concurrent use.
/// </summary>
/// <param name="cluster">The store.</param>
/// <param name="clock">The believed time.</param>
internal sealed class SyscallLog(ClickHouseCluster cluster, TimeProvider clock) : IDisposable
{
    /// <summary>Sets that wait; more are refused.</summary>
    private const int MostWaiting = 50_000;

    /// <summary>Sets that are known to be stored: 16 bytes each.</summary>
    private const int MostKnown = 200_000;

    private readonly TableBuffer<List<SyscallSet>> _buffer = new(
        [], [], sets => sets.Count, sets => sets.Clear(),
        (sets, token, cancelled) => InsertAsync(cluster, clock, sets, token, cancelled));
    private readonly HashSet<UInt128> _known = [];

    /// <summary>
    /// Adds sets to what is known; they are on disk when this returns. Returns how many said something new, as far as this server knows.
    /// </summary>
    /// <exception cref="InventoryUnavailableException">Too many wait.</exception>
    /// <exception cref="ClickHouseException">ClickHouse does not take them now; what is sent again is added once.</exception>
    public async Task<int> AddAsync(IReadOnlyList<SyscallSet> sets, CancellationToken cancellationToken)
    {
        // Agents send the same again and again. Once a day it is written all the same: what is not seen any more can then be told by its age.
        var today = DateOnly.FromDateTime(clock.GetUtcNow().UtcDateTime).DayNumber;
        var fresh = sets.Select(set => (Set: set, Id: IdOf(set, today))).ToList();
        lock (_known)
        {
            fresh.RemoveAll(one => _known.Contains(one.Id));
        }

        if (fresh.Count == 0)
        {
            return 0;
        }

        lock (_buffer.Gate)
        {
            if (_buffer.Count + fresh.Count > MostWaiting)
            {
                throw new InventoryUnavailableException($"more than {MostWaiting} sets of system calls wait for ClickHouse");
            }

            _buffer.Gathering.AddRange(fresh.Select(one => one.Set));
        }

        await _buffer.FlushAsync(cancellationToken);
        lock (_known)
        {
            if (_known.Count + fresh.Count > MostKnown)
            {
                _known.Clear();
            }

            _known.UnionWith(fresh.Select(one => one.Id));
        }

        return fresh.Count;
    }

    /// <summary>What is known of the pods of a name, by namespace and architecture.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<SyscallSet>> OfPodAsync(string name, CancellationToken cancellationToken)
    {
        var rows = await cluster.Home.QueryAsync<Row>(
            new ClickHouseQuery("""
                SELECT s.pod_namespace AS pod_namespace, toString(s.arch) AS arch,
                    arrayStringConcat(arraySort(groupUniqArrayArray(s.syscalls)), ',') AS calls,
                       toUnixTimestamp64Micro(max(s.time_stamp)) AS time_micros
                FROM pod_syscalls AS s
                WHERE s.pod_name = {name:String}
                GROUP BY s.pod_namespace, s.arch
                ORDER BY s.pod_namespace, s.arch
                """).With("name", name),
            cancellationToken);
        return [.. rows.Select(row =>
            new SyscallSet(name, row.PodNamespace, row.Arch, row.Calls.Split(',', StringSplitOptions.RemoveEmptyEntries), row.TimeMicros))];
    }

    /// <summary>Deletes what was not sent again since a time, in microseconds since 1970.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task SweepAsync(long before, CancellationToken cancellationToken)
    {
        const string Old = """
            (pod_name, pod_namespace, arch) IN (
                SELECT pod_name, pod_namespace, arch FROM pod_syscalls GROUP BY pod_name, pod_namespace, arch
                HAVING max(recorded_at) < fromUnixTimestamp64Micro({before:Int64}, 'UTC'))
            """;
        var count = await cluster.Home.QuerySingleAsync<long>(
            new ClickHouseQuery($"SELECT toInt64(count()) AS value FROM pod_syscalls WHERE {Old}").With("before", before), cancellationToken);
        if (count > 0)
        {
            await cluster.Home.ExecuteAsync(
                new ClickHouseQuery($"DELETE FROM pod_syscalls WHERE {Old}").With("before", before)
                    .WithSetting("allow_nondeterministic_mutations", "1"), cancellationToken);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private static Task InsertAsync(ClickHouseCluster cluster, TimeProvider clock,
        List<SyscallSet> sets, string token, CancellationToken cancellationToken)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true);
        var recorded = (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
        foreach (var set in sets)
        {
            Write(writer, set);
            writer.Write(set.TimeMicros);
            writer.Write(recorded);
        }

        var body = bytes.ToArray();
        return cluster.Home.InsertAsync(
            new ClickHouseQuery("INSERT INTO pod_syscalls (pod_name, pod_namespace, arch, syscalls, time_stamp, recorded_at) FORMAT RowBinary")
                .WithSetting("insert_deduplication_token", token),
            async (stream, cancelled) => await stream.WriteAsync(body, cancelled), cancellationToken);
    }

    private static void Write(BinaryWriter to, SyscallSet set)
    {
        to.Write(set.PodName);
        to.Write(set.PodNamespace);
        to.Write(set.Arch);
        to.Write7BitEncodedInt(set.Calls.Count);
        foreach (var call in set.Calls)
        {
            to.Write(call);
        }
    }

    /// <summary>128 bits of what a set says, but for its time, and of the day.</summary>
    private static UInt128 IdOf(SyscallSet set, int day)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8, leaveOpen: true);
        writer.Write(day);
        Write(writer, set);
        return BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(bytes.ToArray()));
    }

    private sealed record Row(string PodNamespace, string Arch, string Calls, long TimeMicros);
}
