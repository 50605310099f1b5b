using KGuardian.ClickHouse.Migrations;

namespace KGuardian.Analytics.Store;

/// <summary>The schema of a store: the files of <c>schema/</c>, which this assembly carries.</summary>
internal static class StoreSchema
{
    /// <summary>Its migrations, in order.</summary>
    public static IReadOnlyList<Migration> Migrations { get; } = Migration.Read(typeof(StoreSchema).Assembly);
}
