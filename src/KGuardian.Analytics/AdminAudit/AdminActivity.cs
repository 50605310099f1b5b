namespace KGuardian.Analytics.AdminAudit;

/// <summary>A kind of administrative act.</summary>
/// <param name="Code">For programs.</param>
/// <param name="Text">For people.</param>
internal sealed record AdminActivity(string Code, string Text)
{
    /// <summary>Flows are kept for more days, or fewer.</summary>
    public static AdminActivity RetentionChanged { get; } = new("retention.update", "Retention changed");

    /// <summary>All flows were cleared.</summary>
    public static AdminActivity FlowsCleared { get; } = new("flows.clear", "Flows cleared");

    /// <summary>Requests came with no token, a wrong one, or one without the role.</summary>
    public static AdminActivity TokenRefused { get; } = new("token.refuse", "Token refused");

    /// <summary>The schema was brought up to date.</summary>
    public static AdminActivity SchemaMigrated { get; } = new("schema.migrate", "Schema migrated");

    /// <summary>A backup was made.</summary>
    public static AdminActivity BackupMade { get; } = new("backup.create", "Backup made");

    /// <summary>A backup could not be made.</summary>
    public static AdminActivity BackupFailed { get; } = new("backup.fail", "Backup failed");

    /// <summary>The store was restored from a backup.</summary>
    public static AdminActivity StoreRestored { get; } = new("store.restore", "Store restored");

    /// <summary>An integration for events was added.</summary>
    public static AdminActivity IntegrationCreated { get; } = new("integration.create", "Integration created");

    /// <summary>It was changed.</summary>
    public static AdminActivity IntegrationChanged { get; } = new("integration.update", "Integration changed");

    /// <summary>It was deleted.</summary>
    public static AdminActivity IntegrationDeleted { get; } = new("integration.delete", "Integration deleted");

    /// <summary>An event was sent that says that it is a test.</summary>
    public static AdminActivity IntegrationTested { get; } = new("integration.test", "Integration tested");

    /// <summary>A schedule of exports was added.</summary>
    public static AdminActivity ScheduleCreated { get; } = new("schedule.create", "Schedule created");

    /// <summary>It was changed.</summary>
    public static AdminActivity ScheduleChanged { get; } = new("schedule.update", "Schedule changed");

    /// <summary>It was deleted, and its files.</summary>
    public static AdminActivity ScheduleDeleted { get; } = new("schedule.delete", "Schedule deleted");

    /// <summary>It was run by hand.</summary>
    public static AdminActivity ScheduleRun { get; } = new("schedule.run", "Schedule run");

    /// <summary>A view of the console was kept.</summary>
    public static AdminActivity ViewCreated { get; } = new("view.create", "View created");

    /// <summary>It has another address.</summary>
    public static AdminActivity ViewChanged { get; } = new("view.update", "View changed");

    /// <summary>It was deleted.</summary>
    public static AdminActivity ViewDeleted { get; } = new("view.delete", "View deleted");

    /// <summary>This machine's clock is not believed: nothing expires.</summary>
    public static AdminActivity RetentionHeld { get; } = new("retention.hold", "Retention held");

    /// <summary>This machine's clock is believed again.</summary>
    public static AdminActivity RetentionReleased { get; } = new("retention.release", "Retention released");

    /// <summary>An administrator said that this machine's clock is right.</summary>
    public static AdminActivity ClockConfirmed { get; } = new("clock.confirm", "Clock confirmed");
}
