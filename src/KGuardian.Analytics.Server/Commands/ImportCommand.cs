using System.CommandLine;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Import;
using KGuardian.Analytics.Server.Import.Files;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>import</c>: flows in files; and what other stores have, each a verb of its own.</summary>
internal sealed class ImportCommand : ImportVerb
{
    private readonly Argument<string[]> _files = new("files")
    {
        Description = "NDJSON, a JSON array, CSV with names in its first line, Arrow (stream or file) or Parquet, as their first bytes say; also packed with "
            + "gzip or zstd, and - for standard input, both save Parquet.",
        Arity = ArgumentArity.OneOrMore,
    };

    private readonly Option<string> _map = new("--map")
    {
        Description = "Where a flow's members are in a row, where they are called otherwise: member=column, with commas between them; "
            + "a.b is b in the object a. Numbers for time_stamp are seconds, milli-, micro- or nanoseconds since 1970.",
        HelpName = "pod_name=src_pod,...",
    };

    private readonly Option<string> _dialect = new("--dialect")
    {
        Description = "The rows are flows of another program: hubble (hubble observe -o jsonpb) or netobserv (flow logs).",
        HelpName = "name",
    };

    public ImportCommand()
        : base(
            "import",
            "Sends flows in files to a running server, with their times; what is known is not stored again. A row without a uuid gets one of what it says. "
                + "Ends with 3 when there were rows that cannot be stored. From another store: see the commands.",
            """
              kguardian-analytics import flows.ndjson old.json.gz --server http://localhost:9090
              kguardian-analytics import may/*.parquet flows.arrow old.ndjson.zst
              kguardian-analytics import flows.csv --map pod_name=src_pod,pod_ip=src_ip,traffic_in_out_ip=dst_ip,traffic_in_out_port=dst_port,time_stamp=seen
              hubble observe -o jsonpb | kguardian-analytics import - --dialect hubble --json
            """)
    {
        Add(_files);
        Add(_map);
        Add(_dialect);
        AddOptions();
        Add(new ImportPostgresCommand());
    }

    public override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var files = arguments.GetValue(_files) ?? [];
        if (files.FirstOrDefault(file => file != "-" && !File.Exists(file)) is { } missing)
        {
            throw new UsageException($"there is no file '{missing}'");
        }

        var shape = FlowShape.Of(arguments.GetValue(_dialect), arguments.GetValue(_map));
        return RunAsync(arguments, _ => Task.FromResult<IImportSource>(new FileSource(files, shape)), cancellationToken);
    }
}
