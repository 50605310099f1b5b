using System.Globalization;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;

namespace KGuardian.Analytics.Clocks;

/// <summary>
/// One server's time, as far as others have to know: what it wrote down before <paramref name="From"/> is by another clock than what came after.
/// </summary>
/// <param name="Server">The server, by the id in its <c>clock.json</c>.</param>
/// <param name="Timeline">
/// Which of its times, counted from 0: a later row of the same one takes the place of an earlier one, so that a step may be written again.
/// </param>
/// <param name="From">The time it believed, in seconds since 1970.</param>
/// <param name="To">The time that turned out to be right, at the same moment; null while it is not known: a hold.</param>
internal readonly record struct ClockRow(string Server, int Timeline, long From, long? To);

/// <summary>
/// Holds and steps of the servers' clocks, in the table <c>store</c> under the name <c>clock</c>: a row each, "server timeline from to", of which the
/// last of a timeline counts. Retention counts by them how long flows were really kept.
/// </summary>
/// <param name="cluster">ClickHouse.</param>
internal sealed class ClockLog(ClickHouseCluster cluster)
{
    private const string Unknown = "?";

    private readonly StoreFacts _facts = new(cluster);

    /// <summary>One of each timeline, each server's in their order.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<ClockRow>> ReadAsync(CancellationToken cancellationToken)
    {
        var rows = await _facts.GetAllAsync(StoreFactNames.Clock, cancellationToken);
        return [.. rows.Select(row => Parse(row)).GroupBy(row => (row.Server, row.Timeline)).Select(timeline => timeline.Last())
            .OrderBy(row => row.Server, StringComparer.Ordinal).ThenBy(row => row.Timeline)];
    }

    /// <summary>The servers whose clocks are not believed now, with the time they believed when that began.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public async Task<IReadOnlyList<ClockRow>> ReadHoldsAsync(CancellationToken cancellationToken) =>
        [.. (await ReadAsync(cancellationToken)).GroupBy(row => row.Server).Select(server => server.Last()).Where(row => row.To is null)];

    /// <summary>Adds one, durable when this returns.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed.</exception>
    public Task AddAsync(ClockRow row, CancellationToken cancellationToken) =>
        _facts.WriteAsync(
            cancellationToken,
            (StoreFactNames.Clock, string.Create(
                CultureInfo.InvariantCulture,
                $"{row.Server} {row.Timeline} {row.From} {row.To?.ToString(CultureInfo.InvariantCulture) ?? Unknown}")));

    private static ClockRow Parse(string text)
    {
        var parts = text.Split(' ');
        return new ClockRow(
            parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture), long.Parse(parts[2], CultureInfo.InvariantCulture),
            parts[3] == Unknown ? null : long.Parse(parts[3], CultureInfo.InvariantCulture));
    }
}
