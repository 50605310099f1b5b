using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Migrations;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>restore</c>: of a store that no server uses.</summary>
internal sealed class RestoreCommand : Verb
{
    /// <summary>ClickHouse writes it last: with it a backup is whole.</summary>
    private const string Complete = ".backup";

    private readonly Option<string> _from = new("--from")
    {
        Description = "A backup: its directory, its name in the local node's Node:BackupDirectory, File('...'), Disk('name', 'path') "
            + "or S3('url', 'key', 'secret'). Of a directory with several, the local node takes the newest.",
        HelpName = "backup",
        Required = true,
    };

    private readonly Option<bool> _replace = new("--replace")
    {
        Description = "Replace a store that has flows. It is dropped once the backup's has been counted.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };

    public RestoreCommand()
        : base(
            "restore",
            "Restores the store from a backup, counts each table and day, and only then puts it in the place of what is there. "
            + "The server must be stopped.",
            """
              kguardian-analytics restore --from /mnt/backups                 # the newest one there
              kguardian-analytics restore --from /mnt/backups/kguardian-2026-05-12T10-32-14.123Z-full --replace
              kguardian-analytics restore --from "S3('https://s3.eu-central-1.amazonaws.com/bucket/kguardian/kguardian-2026-05-12T10-32-14.123Z-full', 'key', 'secret')"
            """)
    {
        Add(_from);
        Add(_replace);
        Add(_json);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (settings, _) = SettingsArguments.Read(arguments);
        if (ServerAddress.Find(settings.DataDirectory) is { } server)
        {
            throw new CommandException(
                $"the server at {server} uses KGUARDIAN_DATA_DIR = '{Path.GetFullPath(settings.DataDirectory)}': stop it, restore, and start it again");
        }

        var (directory, named) = Place(arguments.GetRequiredValue(_from), settings);
        var progress = new ProgressLines(TimeProvider.System);
        try
        {
            await using var store = await DirectStore.OpenAsync(settings, directory, create: true, cancellationToken);
            var place = directory is null ? named : store.Backups.Of(named.Path);
            using var held = settings.HasLocalNode || !Directory.Exists(settings.DataDirectory)
                ? null
                : DataDirectoryLock.Acquire(Path.GetFullPath(settings.DataDirectory));
            var report = await new StoreRestore(store.Client, store.Migrator.NewestVersion, TimeProvider.System, settings.Retention.Days)
                .RunAsync(place, arguments.GetValue(_replace), progress.Show, cancellationToken);
            // From here on it is restored: an older schema is brought up to date now rather than at the server's start.
            store.DropJournal();
            await store.Migrator.MigrateAsync(alone: settings.HasLocalNode, CancellationToken.None);
            await store.RecordAsync(
                AdminActivity.StoreRestored, settings.Client.Database, ("from", place.ToString()), ("flows", Text(report.Flows)), ("rows", Text(report.Rows)),
                ("replace", arguments.GetValue(_replace) ? "true" : "false"), ("expired_days", Text(report.ExpiredDays)));
            report = report with { ViewsReadBy = await ReadViewsAsync(store) };
            progress.End();
            Console.Out.Write(arguments.GetValue(_json) ? JsonSerializer.Serialize(report, SnakeCaseJson.Indented) + "\n" : Describe(report, place));
            return ExitCode.Fine;
        }
        finally
        {
            progress.End();
        }
    }

    /// <summary>As dashboards will: in the place of the store, in the schema of this program.</summary>
    private static async Task<IReadOnlyList<string>> ReadViewsAsync(DirectStore store)
    {
        var views = new SchemaViews(StoreSchema.Migrations);
        using var readers = store.OpenReaders();
        foreach (var reader in readers.All)
        {
            if (await views.FindUnreadableAsync(reader, reader.Database, CancellationToken.None) is [var (view, reason), ..])
            {
                throw new CommandException(
                    $"the store is restored, but its view {view} cannot be read by the user {reader.Endpoint.User}, "
                    + $"so dashboards show nothing of it: {reason.Text}");
            }
        }

        return [.. readers.All.Select(reader => reader.Endpoint.User)];
    }

    private static string Describe(RestoreReport report, BackupDestination place)
    {
        var text = new StringBuilder(
            $"Restored from {place}: {Text(report.Flows)} flows, {Text(report.Rows)} rows, "
            + $"equal to the backup in all {Text(report.Partitions)} tables and days. Start the server now.\n");
        text.Append($"Every part was read, and every view as {string.Join(", ", report.ViewsReadBy)}.\n");
        if (report.ExpiredDays > 0)
        {
            text.Append(
                $"Retention would drop {Text(report.ExpiredDays)} days of it, "
                + "so flows are kept for ever until you say for how long: PUT /api/v1/flow-reports/retention.\n");
        }

        foreach (var view in report.LeftViews)
        {
            text.Append($"A view that is not this program's could not be made again: {view}\n");
        }

        return text.ToString();
    }

    /// <summary>The directory that the local node may read, and the backup; what a backup builds on is beside it.</summary>
    private static (string? Directory, BackupDestination Place) Place(string from, ServerSettings settings)
    {
        BackupDestination place;
        try
        {
            place = BackupDestination.Parse(from);
        }
        catch (FormatException e)
        {
            throw new UsageException($"--from {e.Message}");
        }

        if (!settings.HasLocalNode || !place.IsFile)
        {
            return (null, place);
        }

        var backups = settings.Node.BackupDirectory ?? Path.Combine(settings.DataDirectory, "clickhouse", "backups");
        var candidates = new[] { Path.GetFullPath(place.Path), Path.GetFullPath(Path.Combine(backups, place.Path)) };
        var path = Path.TrimEndingDirectorySeparator(
            candidates.FirstOrDefault(Directory.Exists)
            ?? throw new CommandException($"--from '{place.Path}': there is no directory '{string.Join("' nor '", candidates.Distinct())}'"));
        if (IsComplete(path))
        {
            return (Path.GetDirectoryName(path), BackupDestination.Default.Of(Path.GetFileName(path)));
        }

        var newest = Directory.GetDirectories(path).Where(IsComplete).Max(StringComparer.Ordinal)
            ?? throw new CommandException($"--from '{place.Path}' is no backup, and has none that is complete");
        return (path, BackupDestination.Default.Of(Path.GetFileName(newest)));
    }

    private static bool IsComplete(string directory) => File.Exists(Path.Combine(directory, Complete));

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
