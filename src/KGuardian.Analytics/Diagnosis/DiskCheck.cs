using KGuardian.Analytics.Retention;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Room on the disks of the store, and for how many days it lasts when flows come as in the last week.</summary>
/// <param name="client">ClickHouse.</param>
/// <param name="window">How many days are kept.</param>
internal sealed class DiskCheck(ClickHouseClient client, RetentionWindow window) : Check("disk")
{
    private const double LowShare = 0.15;
    private const double LeastShare = 0.05;
    private const double FewDays = 14;
    private const double FewestDays = 3;

    /// <inheritdoc/>
    public override async Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var growth = await client.QuerySingleAsync<Growth>(
            Ask(client, """
                SELECT sum(p.bytes_on_disk) AS bytes,
                       sumIf(p.bytes_on_disk, toDate(p.partition) BETWEEN today() - 7 AND today() - 1) AS week_bytes,
                       uniqExactIf(toDate(p.partition), toDate(p.partition) BETWEEN today() - 7 AND today() - 1) AS week_days,
                       sumIf(p.bytes_on_disk, toDate(p.partition) = today()) AS today_bytes,
                       greatest(dateDiff('second', toStartOfDay(now()), now()), 3600) / 86400 AS today_share
                FROM system.parts AS p WHERE p.active AND p.database = {database:String} AND p.table IN ('traffic', 'traffic_activity')
                """),
            cancellationToken);
        var disks = await client.QueryAsync<Disk>(
            Ask(client, """
                SELECT d.name AS name, d.path AS path, d.free_space AS free, d.total_space AS total
                FROM system.disks AS d
                WHERE d.total_space < 1e18 AND (d.name = 'default' OR d.name IN (SELECT disk_name FROM system.parts WHERE active AND database = {database:String}))
                """),
            cancellationToken);
        return disks.Count == 0 ? [Ok("No disk with a bound")] : [.. disks.Select(disk => Describe(disk, growth))];
    }

    private Finding Describe(Disk disk, Growth growth)
    {
        var perDay = growth.WeekDays > 0 ? (double)growth.WeekBytes / growth.WeekDays : growth.TodayBytes / growth.TodayShare;
        // A full disk may be why the store does not open: its room is told before the days are known.
        int? kept = window.IsKnown ? window.Days : null;
        // With a bounded retention the store grows until it has all its days.
        var toCome = kept is > 0 and var bound ? Math.Max(0, (perDay * (bound + 1)) - growth.Bytes) : double.PositiveInfinity;
        double? daysLeft = perDay <= 0 || toCome < disk.Free ? null : disk.Free / perDay;
        var share = (double)disk.Free / disk.Total;
        var lasts = perDay <= 0 ? "no flows came in the last week"
            : daysLeft is { } days ? $"full in {days:0} days at {Size(perDay)} a day"
            : $"enough for {kept} days of retention at {Size(perDay)} a day";
        var what = $"{disk.Path} has {Size(disk.Free)} free of {Size(disk.Total)} ({share:P0}); the flows take {Size(growth.Bytes)}; {lasts}";
        (string, object?)[] evidence =
        [
            ("disk", disk.Name), ("path", disk.Path), ("free_bytes", disk.Free), ("total_bytes", disk.Total),
            ("store_bytes", growth.Bytes), ("bytes_per_day", Math.Round(perDay)),
            ("days_left", daysLeft is { } left ? Math.Round(left, 1) : null), ("retention_days", kept),
        ];
        const string Todo =
            "Keep fewer days (PUT /api/v1/flow-reports/retention, after a look at ?dry_run), or give it a larger disk. "
            + "Merges need room for a copy of the largest parts.";
        return share < LeastShare || daysLeft < FewestDays ? Error(what, Todo, evidence)
            : share < LowShare || daysLeft < FewDays ? Warning(what, Todo, evidence)
            : Ok(what, evidence);
    }

    private sealed record Growth(long Bytes, long WeekBytes, long WeekDays, long TodayBytes, double TodayShare);

    private sealed record Disk(string Name, string Path, long Free, long Total);
}
