using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>Everything that can be looked at without a running server.</summary>
public static class StoreChecks
{
    /// <summary>The checks, in the order of their findings.</summary>
    /// <param name="client">ClickHouse; its database is the store.</param>
    /// <param name="window">Which days show.</param>
    /// <param name="program">The program's version.</param>
    /// <param name="schema">The newest schema version that it knows.</param>
    /// <param name="clock">This machine's.</param>
    public static IReadOnlyList<Check> Of(ClickHouseClient client, RetentionWindow window, string program, int schema, TimeProvider clock) =>
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
        new BackupsCheck(client, clock),
    ];
}
