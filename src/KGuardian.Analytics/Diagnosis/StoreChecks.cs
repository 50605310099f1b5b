using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Retention;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Everything that can be looked at without a running server.</summary>
internal static class StoreChecks
{
    /// <summary>A bucket that takes longer is no answer for who waits for the other findings.</summary>
    private static readonly TimeSpan OpenLimit = TimeSpan.FromSeconds(5);

    /// <summary>The checks, in the order of their findings.</summary>
    /// <param name="client">ClickHouse; its database is the store.</param>
    /// <param name="window">Which days show.</param>
    /// <param name="program">The program's version.</param>
    /// <param name="schema">The newest schema version that it knows.</param>
    /// <param name="clock">This machine's.</param>
    /// <param name="readers">Other users that read the views; null where none is known.</param>
    /// <param name="node">Where the local node's backups are; null for a ClickHouse of the user's.</param>
    /// <param name="ingest">What runs on the store; null without a running server.</param>
    public static IReadOnlyList<Check> Of(
        ClickHouseClient client, RetentionWindow window, string program, int schema, TimeProvider clock, IReadOnlyList<ClickHouseClient>? readers = null,
        BackupDestination? node = null, IngestTier? ingest = null) =>
    [
        .. OfServer(client, window, program, schema, clock),
        new ViewsCheck(client, readers ?? []),
        new SecretsCheck(client, ingest),
        new BackupsCheck(client, new BackupInspector(client, node) { Limit = OpenLimit }, clock),
    ];

    /// <summary>What is looked at on each server of a store: what it has by itself.</summary>
    /// <inheritdoc cref="Of"/>
    public static IReadOnlyList<Check> OfServer(ClickHouseClient client, RetentionWindow window, string program, int schema, TimeProvider clock) =>
    [
        new VersionsCheck(client, program, schema),
        new DiskCheck(client, window),
        new PartsCheck(client),
        new MergesCheck(client),
        new MutationsCheck(client),
        new ProjectionCheck(client),
        new DetachedPartsCheck(client),
        new RetentionCheck(client, window),
        new ReplicationCheck(client),
        new EngineErrorsCheck(client),
        new RejectedEventsCheck(client),
        new ClockCheck(client, clock),
    ];
}
