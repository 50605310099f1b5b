using System.CommandLine;
using System.Text.Json;
using KGuardian.Analytics.Server.Anonymise;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Export;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Server.Terminal;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>anonymise</c>: rows of files with other names and addresses. Needs no server.</summary>
internal sealed class AnonymiseCommand : Verb
{
    private readonly Argument<string> _file = new("file")
    {
        Description = "Rows as export and the API write them; - for standard input, the default.",
        DefaultValueFactory = _ => "-",
    };

    private readonly Option<string> _key = new("--key-file") { Description = "File with the key, which nobody else may read.", HelpName = "file" };
    private readonly Option<string> _newKey = new("--new-key") { Description = "Makes a file with a new key, and ends.", HelpName = "file" };

    private readonly Option<string> _format = new("--format")
    {
        Description = "How rows are written, here and there. Default: as the file's name ends, else ndjson.",
        HelpName = "csv|json|ndjson",
    };

    public AnonymiseCommand()
        : base(
            "anonymise",
            "Gives names and addresses of flows others, on standard output: the same for the same by one key. Addresses that share a prefix share one of that "
                + "length, private ones stay private; pods keep their workload and their shape; ports, protocols, decisions, kinds, counts and times stay.",
            """
              kguardian-analytics anonymise --new-key shared.key
              kguardian-analytics anonymise flows.csv --key-file shared.key > public.csv
              kguardian-analytics export - --from -1h | kguardian-analytics anonymise - --key-file shared.key > public.ndjson
            """)
    {
        _format.CompletionSources.Add("csv", "json", "ndjson");
        Add(_file);
        Add(_key);
        Add(_newKey);
        Add(_format);
    }

    public override bool TakesSettings => false;

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        if (arguments.UnmatchedTokens is [var odd, ..])
        {
            throw new UsageException($"'{odd}' is no option of 'anonymise'. See '{CommandLine.Program} anonymise --help'.");
        }

        if (arguments.GetValue(_newKey) is { } made)
        {
            AnonymiseKey.Create(made);
            return ExitCode.Fine;
        }

        var path = arguments.GetValue(_file)!;
        var format = ExportFormat.Of(arguments.GetValue(_format), path);
        if (!format.IsText)
        {
            throw new UsageException($"--format '{format.Name}' is none of csv, json, ndjson");
        }

        var key = AnonymiseKey.Read(new NamedFile("--key-file", arguments.GetValue(_key)
            ?? throw new UsageException("--key-file names the key by which names become others; --new-key makes one")));
        using var anonymiser = new RowAnonymiser(key);
        await using var input = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        await using var output = StandardOutput.Open();
        try
        {
            await (format.Name == "json" ? ArrayAsync(input, output, anonymiser, cancellationToken)
                : RecordsAsync(input, output, anonymiser, format.Name == "csv", cancellationToken));
        }
        catch (Exception e) when (e is JsonException or InvalidDataException)
        {
            throw new CommandException($"{path} is no {format.Name}: {e.Message}");
        }

        return ExitCode.Fine;
    }

    private static async Task RecordsAsync(Stream input, Stream output, RowAnonymiser anonymiser, bool isCsv, CancellationToken cancellationToken)
    {
        var records = new RecordReader(input, isCsv);
        while (await records.ReadAsync(cancellationToken) is { } record)
        {
            if (!record.Span.Trim(" \r\t"u8).IsEmpty)
            {
                output.Write(isCsv ? anonymiser.Csv(record.Span) : anonymiser.Json(record.Span));
                output.Write("\n"u8);
            }
        }
    }

    /// <summary>An array, an element after the other.</summary>
    private static async Task ArrayAsync(Stream input, Stream output, RowAnonymiser anonymiser, CancellationToken cancellationToken)
    {
        var isFirst = true;
        output.Write("["u8);
        await foreach (var row in JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(input, cancellationToken: cancellationToken))
        {
            output.Write(isFirst ? "\n"u8 : ",\n"u8);
            output.Write(anonymiser.Json(System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(row)));
            isFirst = false;
        }

        output.Write("\n]\n"u8);
    }
}
