using System.CommandLine;
using System.Text.Json;
using KGuardian.Analytics.Server.Anonymise;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Export;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Server.Terminal;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>export</c>: flows as files.</summary>
internal sealed class ExportCommand : Verb
{
    private readonly Argument<string> _place = new("place")
    {
        Description = "A file, - for standard output, or where parts with a manifest go: a directory (one that is there, or a name with / at its end), "
            + "or a bucket: s3://bucket/prefix/, or https://store/bucket/prefix/.",
    };

    private readonly SelectionOptions _selection = new();

    private readonly Option<string> _format = new("--format")
    {
        Description = "How rows are written. Default: as the file's name ends, else ndjson.",
        HelpName = "csv|json|ndjson|arrow|parquet",
    };

    private readonly Option<string> _fields = new("--fields")
    {
        Description = "Columns, with commas between them; also names of both ends. Default: those of an event.",
        HelpName = "a,b",
    };

    private readonly Option<string> _part = new("--part")
    {
        Description = "How much a part of a directory or bucket holds: a day or an hour of UTC, about so many rows, or about so many bytes (256MB). "
            + "Default: day.",
        HelpName = "day|hour|rows|size",
    };

    private readonly Option<string> _key = new("--anonymise-key-file")
    {
        Description = "Makes names and addresses others by this key, as anonymise does; of csv, json and ndjson.",
        HelpName = "file",
    };

    private readonly Option<int> _wait = new("--wait")
    {
        Description = "How long the server may be away before this gives up, in seconds. Default: 300.",
        HelpName = "seconds",
        DefaultValueFactory = _ => 300,
    };

    private readonly Option<bool> _verify = new("--verify")
    {
        Description = "Writes nothing: reads all of a directory or bucket, and says whether it is as it was written.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print the report as JSON: of a directory or bucket its manifest." };
    private readonly ServerOptions _server = new();

    public ExportCommand()
        : base(
            "export",
            "Writes stored flows into files, the oldest first. Into a directory or bucket it goes on where it was when it was killed: the same command "
                + "again. One file is one read of one moment, which is there as a whole or not at all, and begins anew. Keys of a bucket are found as the "
                + "AWS tools find them (AWS_ACCESS_KEY_ID, AWS_PROFILE, the machine's role), its region in AWS_REGION, another store in AWS_ENDPOINT_URL_S3. "
                + "--verify ends with 3 when not all is there yet, with 4 when something is wrong.",
            """
              kguardian-analytics export drops.csv --from -7d --filter 'decision = DROP'
              kguardian-analytics export may/ --format parquet --from 2026-05-01 --to 2026-06-01 --part 256MB
              kguardian-analytics export s3://archive/flows/may/ --from 2026-05-01 --to 2026-06-01
              kguardian-analytics export --verify may/
              kguardian-analytics export - --from -1h --fields time_stamp,workload,peer_workload | gzip > hour.ndjson.gz
            """)
    {
        _format.CompletionSources.Add([.. ExportFormat.All.Select(format => format.Name)]);
        _part.CompletionSources.Add("day", "hour", "1000000", "256MB");
        Add(_place);
        _selection.AddTo(this);
        Add(_format);
        Add(_fields);
        Add(_part);
        Add(_key);
        Add(_wait);
        Add(_verify);
        Add(_json);
        _server.AddTo(this);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var place = arguments.GetValue(_place)!;
        if (arguments.GetValue(_verify))
        {
            return await VerifyAsync(arguments, place, cancellationToken);
        }

        var isBucket = BucketPlace.IsOne(place);
        var isParts = isBucket || place.EndsWith('/') || Directory.Exists(place);
        var (format, wait) = (ExportFormat.Of(arguments.GetValue(_format), isParts ? "" : place), arguments.GetValue(_wait));
        if (arguments.GetValue(_part) is not null && !isParts)
        {
            throw new UsageException($"--part is for a directory or bucket, and {place} is none: a name with / at its end makes one");
        }

        if (wait < 0 || (place == "-" && !format.IsText && !Console.IsOutputRedirected))
        {
            throw new UsageException(wait < 0 ? $"--wait {wait} must be 0 or more" : $"{format.Name} is not for a terminal");
        }

        if (arguments.GetValue(_key) is not null && !format.IsText)
        {
            throw new UsageException($"--anonymise-key-file goes with csv, json and ndjson, and not with {format.Name}");
        }

        var key = arguments.GetValue(_key) is { } file ? AnonymiseKey.Read(new NamedFile("--anonymise-key-file", file)) : null;
        using var anonymiser = key is null ? null : new RowAnonymiser(key);
        var (filter, progress) = (_selection.Filter(arguments), new ExportProgress());
        using var server = _server.Require(arguments, SettingsArguments.Read(arguments).Settings);
        var fetcher = new PartFetcher(
            server, format, arguments.GetValue(_fields), new RowPipe(format, anonymiser), TimeSpan.FromSeconds(wait), progress.Say);
        if (isParts)
        {
            // A filter names whom it is about.
            var request = new ExportRequest(
                _selection.From(arguments), _selection.To(arguments), filter is null || key is null ? filter : $"hidden {key.CheckOf(filter)}",
                arguments.GetValue(_fields), format.Name, PartSize.Of(arguments.GetValue(_part) ?? "day").Text, key?.Check);
            var run = new ExportRun(server, request, filter, fetcher, progress);
            using var target = isBucket ? (ExportPlace)BucketPlace.Open(place) : DirectoryPlace.ToWrite(place);
            var manifest = await progress.RunAsync(() => CountAsync(server, arguments, cancellationToken), () => run.RunAsync(target, cancellationToken));
            Print(arguments, manifest);
            return ExitCode.Fine;
        }

        var (from, to) = await ExportRun.WindowAsync(server, _selection.From(arguments), _selection.To(arguments), filter, cancellationToken);
        if (place == "-")
        {
            await using var output = StandardOutput.Open();
            await fetcher.ToAsync(from, to, filter, output, cancellationToken);
            return ExitCode.Fine;
        }

        await ToFileAsync(arguments, fetcher, place, from, to, filter, cancellationToken);
        return ExitCode.Fine;
    }

    private async Task ToFileAsync(
        ParseResult arguments, PartFetcher fetcher, string place, DateTime from, DateTime to, string? filter, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(place);
        try
        {
            var fetched = await fetcher.ToFileAsync(from, to, filter, $"{path}.tmp", cancellationToken);
            File.Move($"{path}.tmp", path, overwrite: true);
            Analytics.Exports.Files.DirectorySync.Flush(Path.GetDirectoryName(path)!);
            var part = new ExportPart(
                place, ExportWindow.Text(from), ExportWindow.Text(to), fetched.Rows!.Value, fetched.Bytes, fetched.Sha256, ExportWindow.Text(fetched.AsOf));
            Console.Out.WriteLine(arguments.GetValue(_json) ? JsonSerializer.Serialize(part, SnakeCaseJson.Indented)
                : $"{part.Rows} flows, {part.Bytes} bytes, from {part.From} to {part.To}, complete as of {part.CompleteAsOf}");
        }
        finally
        {
            // What is not whole is not left behind.
            File.Delete($"{path}.tmp");
        }
    }

    private async Task<int> VerifyAsync(ParseResult arguments, string place, CancellationToken cancellationToken)
    {
        using var source = BucketPlace.IsOne(place) ? (ExportPlace)BucketPlace.Open(place) : DirectoryPlace.ToRead(place);
        var (manifest, wrong) = await ExportCheck.LookAsync(source, cancellationToken);
        Console.Out.WriteLine(
            arguments.GetValue(_json)
            ? JsonSerializer.Serialize(new { manifest.Rows, manifest.Bytes, manifest.CompleteTo, manifest.Finished, wrong }, SnakeCaseJson.Indented)
            : wrong.Count > 0 ? string.Join('\n', wrong)
            : $"{manifest.Rows} flows in {manifest.Parts.Count(part => part.File is not null)} parts are as they were written"
                + (manifest.Finished is null ? $"; what follows {manifest.CompleteTo} is not there yet" : ""));
        return wrong.Count > 0 ? ExitCode.Errors : manifest.Finished is null ? ExitCode.Warnings : ExitCode.Fine;
    }

    private async Task<long> CountAsync(ServerClient server, ParseResult arguments, CancellationToken cancellationToken) =>
        (await server.GetAsync($"/api/v1/flows/count?{_selection.Query(arguments)}", cancellationToken)).GetProperty("flows").GetInt64();

    private void Print(ParseResult arguments, ExportManifest manifest) => Console.Out.WriteLine(
        arguments.GetValue(_json) ? JsonSerializer.Serialize(manifest, SnakeCaseJson.Indented)
        : $"{manifest.Rows} flows in {manifest.Parts.Count(part => part.File is not null)} parts, {manifest.Bytes} bytes, "
            + $"from {manifest.From} to {manifest.To}");
}
