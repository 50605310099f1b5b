using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Server.Backups;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>backup</c>: through the running server, or of the store itself when none runs.</summary>
internal sealed class BackupCommand : Verb
{
    private const string Route = "/api/v1/admin/backups";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(300);

    private readonly Option<string> _to = new("--to")
    {
        Description = "A directory, File('directory'), Disk('name', 'path') or S3('url', 'key', 'secret'), as ClickHouse sees it. "
            + "Default: Node:BackupDirectory of the local node, backups.allowed_path of a ClickHouse of yours.",
        HelpName = "place",
    };

    private readonly Option<bool> _full = new("--full")
    {
        Description = "Make one that stands alone. Default: only what is not in the last one at this place, if there is one.",
    };

    private readonly Option<bool> _list = new("--list")
    {
        Description = "Make none; list those that were made, newest first, with --to those at a place, and open each with what it builds on. "
            + "Ends with 4 when one is broken.",
    };

    private readonly Option<bool> _verify = new("--verify")
    {
        Description = "Afterwards restore it beside the store, count each table and day, and drop that again. "
            + "Takes the time and room of a restore; with the server stopped.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };
    private readonly ServerOptions _server = new();

    public BackupCommand()
        : base(
            "backup",
            "Makes a backup with everything that was acknowledged before the call, while the server goes on. Incremental when there is one to build on.",
            """
              kguardian-analytics backup                                      # of the server that uses KGUARDIAN_DATA_DIR, running or not
              kguardian-analytics backup --full --to /mnt/backups
              kguardian-analytics backup --to "S3('https://s3.eu-central-1.amazonaws.com/bucket/kguardian', 'key', 'secret')"
              kguardian-analytics backup --server https://analytics:9090 --token-file /etc/kguardian/admin.token --json
              kguardian-analytics backup --list                               # each opened with what it builds on; exit code 4 when one is broken
            """)
    {
        Add(_to);
        Add(_full);
        Add(_list);
        Add(_verify);
        _server.AddTo(this);
        Add(_json);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (settings, _) = SettingsArguments.Read(arguments);
        var to = Destination(arguments.GetValue(_to));
        using var server = _server.Find(arguments, settings);
        if (arguments.GetValue(_list))
        {
            var listed = server is not null ? await ListAsync(server, to, cancellationToken) : await ListAsync(settings, to, cancellationToken);
            Print(arguments, listed);
            return listed.Any(backup => backup.State == ListedBackup.Broken) ? ExitCode.Errors : ExitCode.Fine;
        }

        if (server is not null && arguments.GetValue(_verify))
        {
            throw new UsageException(
                $"--verify needs the store for itself, but {server.Address} serves it; restore the backup into another data directory instead");
        }

        var progress = new ProgressLines(TimeProvider.System);
        try
        {
            var made = server is not null
                ? await AskAsync(server, to, arguments.GetValue(_full), progress, cancellationToken)
                : await MakeAsync(settings, to, arguments.GetValue(_full), arguments.GetValue(_verify), progress, cancellationToken);
            progress.End();
            Print(arguments, made);
            return ExitCode.Fine;
        }
        finally
        {
            progress.End();
        }
    }

    /// <summary>A directory is one of this machine's, wherever the server was started.</summary>
    private static BackupDestination? Destination(string? text)
    {
        try
        {
            return text is null ? null
                : BackupDestination.Parse(text.Contains('(', StringComparison.Ordinal) || text.Length == 0 ? text : Path.GetFullPath(text));
        }
        catch (FormatException e)
        {
            throw new UsageException($"--to {e.Message}");
        }
    }

    private static async Task<BackupRecord> AskAsync(
        ServerClient server, BackupDestination? to, bool full, ProgressLines progress, CancellationToken cancellationToken)
    {
        object order = to is null ? new { full } : new { to = to.Sql, full };
        var job = Read<BackupJob>(await server.PostAsync(Route, order, cancellationToken));
        var id = job.Id;
        while (job.State == BackupJob.Running)
        {
            progress.Show(job.Progress);
            await Task.Delay(PollInterval, cancellationToken);
            job = Read<BackupJob>((await server.GetAsync(Route, cancellationToken)).GetProperty("current"));
            if (job.Id != id)
            {
                throw new CommandException($"{server.Address} was restarted, or makes another backup by now; 'backup --list' shows what was made");
            }
        }

        return job.Backup ?? throw new CommandException(job.Error!);
    }

    private static async Task<BackupRecord> MakeAsync(
        ServerSettings settings, BackupDestination? to, bool full, bool verify, ProgressLines progress, CancellationToken cancellationToken)
    {
        var directory = NodeDirectory(settings, to);
        await using var store = await DirectStore.OpenAsync(settings, directory, create: false, cancellationToken);
        var place = directory is not null || to is null ? store.Backups : to;
        await StoreSwap.FinishAsync(store.Client, alone: settings.HasLocalNode, cancellationToken);
        progress.Show(new BackupProgress("flush"));
        await store.BringJournalInAsync(cancellationToken);
        var made = await new StoreBackup(store.Client, TimeProvider.System, store.Logger<StoreBackup>())
            .RunAsync(place, full, progress.Show, cancellationToken);
        if (verify)
        {
            await new StoreRestore(store.Client, store.Migrator.NewestVersion, TimeProvider.System)
                .VerifyAsync(place.Of(made.Name), progress.Show, cancellationToken);
        }

        await store.RecordAsync(
            AdminActivity.BackupMade, made.Name, ("destination", made.Destination), ("base", made.Base ?? ""),
            ("flows", Text(made.Flows)), ("bytes", Text(made.Bytes)));
        return made;
    }

    /// <summary>A node of this command's own may write wherever it is told to.</summary>
    private static string? NodeDirectory(ServerSettings settings, BackupDestination? to) =>
        settings.HasLocalNode && to is { IsFile: true, Path.Length: > 0 } ? to.Path : null;

    private static async Task<IReadOnlyList<ListedBackup>> ListAsync(ServerClient server, BackupDestination? to, CancellationToken cancellationToken) =>
        Read<ListedBackup[]>(await server.PostAsync($"{Route}/check", to is null ? new { } : new { to = to.Sql }, cancellationToken));

    private static async Task<IReadOnlyList<ListedBackup>> ListAsync(ServerSettings settings, BackupDestination? to, CancellationToken cancellationToken)
    {
        var directory = NodeDirectory(settings, to);
        await using var store = await DirectStore.OpenAsync(settings, directory, create: false, cancellationToken);
        return await store.Inspector.LookAsync(
            await new BackupCatalog(store.Client).ListAsync(cancellationToken),
            directory is null ? to : store.Backups, cancellationToken);
    }

    private void Print(ParseResult arguments, BackupRecord made) => Console.Out.Write(arguments.GetValue(_json)
        ? JsonSerializer.Serialize(made, SnakeCaseJson.Indented) + "\n" : $"{Describe(made)}; read back\n");

    private void Print(ParseResult arguments, IReadOnlyList<ListedBackup> backups)
    {
        if (arguments.GetValue(_json))
        {
            Console.Out.Write(JsonSerializer.Serialize(backups, SnakeCaseJson.Indented) + "\n");
            return;
        }

        foreach (var backup in backups)
        {
            Console.Out.Write(backup.State switch
            {
                ListedBackup.Broken => $"BROKEN {Describe(backup)}\n       {backup.Problem}\n",
                ListedBackup.OutOfReach => $"not looked at: {Describe(backup)}\n       {backup.Problem}\n",
                _ => $"{Describe(backup)}\n",
            });
        }
    }

    private static string Describe(BackupRecord backup) =>
        $"{backup.Name} in {backup.Destination}: {Text(backup.Flows)} flows, "
        + $"{Text(backup.Rows)} rows, {Text(backup.Bytes)} bytes{(backup.Base is null ? "" : $"; needs {backup.Base}")}";

    private static T Read<T>(JsonElement json) => json.Deserialize<T>(SnakeCaseJson.Indented)!;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
