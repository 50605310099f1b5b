using System.CommandLine;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using KGuardian.Analytics.Administration;
using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Server.Backups;
using KGuardian.Analytics.Server.Settings;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>backup</c>: through the running server, or of the store itself when none runs.</summary>
internal sealed class BackupCommand : Verb
{
    private const string Route = "/api/v1/admin/backups";

    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(300);
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Option<string> _to = new("--to")
    {
        Description = "A directory, File('directory'), Disk('name', 'path') or S3('url', 'key', 'secret'), as ClickHouse sees it. "
            + "Default: Node:BackupDirectory of the local node, backups.allowed_path of a ClickHouse of yours.",
        HelpName = "place",
    };

    private readonly Option<bool> _full = new("--full") { Description = "Make one that stands alone. Default: only what is not in the last one at this place, if there is one." };
    private readonly Option<bool> _list = new("--list") { Description = "Make none; list those that were made, newest first." };
    private readonly Option<bool> _verify = new("--verify")
    {
        Description = "Afterwards restore it beside the store, count each table and day, and drop that again. Takes the time and room of a restore; with the server stopped.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };
    private readonly ServerOptions _server = new();

    public BackupCommand()
        : base("backup", "Makes a backup with everything that was acknowledged before the call, while the server goes on. Incremental when there is one to build on.", """
              kguardian-analytics backup                                      # of the server that uses KGUARDIAN_DATA_DIR, running or not
              kguardian-analytics backup --full --to /mnt/backups
              kguardian-analytics backup --to "S3('https://s3.eu-central-1.amazonaws.com/bucket/kguardian', 'key', 'secret')"
              kguardian-analytics backup --server https://analytics:9090 --token-file /etc/kguardian/admin.token --json
              kguardian-analytics backup --list
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
            Print(arguments, server is not null ? await ListAsync(server, cancellationToken) : await ListAsync(settings, cancellationToken));
            return ExitCode.Fine;
        }

        if (server is not null && arguments.GetValue(_verify))
        {
            throw new UsageException($"--verify needs the store for itself, but {server.Address} serves it; restore the backup into another data directory instead");
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
            return text is null ? null : BackupDestination.Parse(text.Contains('(', StringComparison.Ordinal) || text.Length == 0 ? text : Path.GetFullPath(text));
        }
        catch (FormatException e)
        {
            throw new UsageException($"--to {e.Message}");
        }
    }

    private static async Task<BackupRecord> AskAsync(ServerClient server, BackupDestination? to, bool full, ProgressLines progress, CancellationToken cancellationToken)
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
        // A node of this command's own may write wherever it is told to.
        var directory = settings.HasLocalNode && to is { IsFile: true, Path.Length: > 0 } ? to.Path : null;
        await using var store = await DirectStore.OpenAsync(settings, directory, create: false, cancellationToken);
        var place = directory is not null || to is null ? store.Backups : to;
        await StoreSwap.FinishAsync(store.Client, alone: settings.HasLocalNode, cancellationToken);
        progress.Show(new BackupProgress("flush"));
        await store.BringJournalInAsync(cancellationToken);
        var made = await new StoreBackup(store.Client, TimeProvider.System, store.Logger<StoreBackup>()).RunAsync(place, full, progress.Show, cancellationToken);
        if (verify)
        {
            await new StoreRestore(store.Client, store.Migrator.NewestVersion, TimeProvider.System).VerifyAsync(place.Of(made.Name), progress.Show, cancellationToken);
        }

        await store.RecordAsync(
            AdminActivity.BackupMade, made.Name, ("destination", made.Destination), ("base", made.Base ?? ""), ("flows", Text(made.Flows)), ("bytes", Text(made.Bytes)));
        return made;
    }

    private static async Task<IReadOnlyList<BackupRecord>> ListAsync(ServerClient server, CancellationToken cancellationToken) =>
        Read<BackupRecord[]>((await server.GetAsync(Route, cancellationToken)).GetProperty("backups"));

    private static async Task<IReadOnlyList<BackupRecord>> ListAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        await using var store = await DirectStore.OpenAsync(settings, null, create: false, cancellationToken);
        return await new BackupCatalog(store.Client).ListAsync(cancellationToken);
    }

    private void Print(ParseResult arguments, BackupRecord made) => Console.Out.Write(arguments.GetValue(_json)
        ? JsonSerializer.Serialize(made, SnakeCase) + "\n"
        : $"{made.Name} in {made.Destination}: {Text(made.Flows)} flows, {Text(made.Rows)} rows, {Text(made.Bytes)} bytes{(made.Base is null ? "" : $"; needs {made.Base}")}\n");

    private void Print(ParseResult arguments, IReadOnlyList<BackupRecord> backups)
    {
        if (arguments.GetValue(_json))
        {
            Console.Out.Write(JsonSerializer.Serialize(backups, SnakeCase) + "\n");
            return;
        }

        foreach (var backup in backups)
        {
            Print(arguments, backup);
        }
    }

    private static T Read<T>(JsonElement json) => json.Deserialize<T>(SnakeCase)!;

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
