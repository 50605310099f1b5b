using KGuardian.Analytics.Bench;
using KGuardian.Analytics.Bench.Commands;

const string Help = """
    Load and benchmarks; bench/README.md says what each measures.

      suite    start the server and run every scenario
                 --smoke  --seconds 10  --warmup 3  --preload 200000  --flows 1000000  --requests 500
                 --read-seconds 20 (most for one read)  --reads-only  --json FILE
      compare  the same load on this server and on a PostgreSQL broker, alternating; ratios
                 --rounds 1  --seconds 10  --warmup 3  --preload 100000  --flows 500000  --only ours|postgres  --json FILE
      shards   the same load on one ClickHouse node and on a cluster of several on this machine, alternating; ratios
                 --smoke  --shards 3  --rounds 3  --seconds 10  --warmup 3  --preload 100000  --requests 300  --json FILE
      inventory  pods and services of a large cluster: posted, looked up beside ingest, read whole, loaded at a start
                 --smoke  --pods 43000  --services 5000  --connections 256  --rate 500 (look-ups/s)  --seconds 20  --event-rate 0 (events/s beside; 0: all that go)
                 --readers 20  --json FILE
      import   a PostgreSQL broker full of rows comes over through kguardian-analytics import postgres, and once more
                 --smoke  --rows 2000000
      growth   cost as the store grows: table, JSON and SVG into bench/results
                 --flows 10000000  --seconds 5  --requests 200  --out DIR  --json FILE
      soak     mixed load while retention rolls over; CSV and SVG into bench/results, fails when memory or disk keep growing
                 --minutes 30  --day-seconds 60  --keep 2 (days)  --rate 20000  --out DIR
      parse    CPU of the server's parse of bodies, JSON and Arrow   --rows 16384  --rounds 5  --seconds 1 (of a round)  --json FILE
      limits   loopback, parser and disk alone   --seconds 5  --json FILE
      micro    BenchmarkDotNet                --filter '*'  (its own flags)

    Against a server that runs already:
      ingest     --url http://127.0.0.1:9090  --connections 8  --batch 100  --new 0.10  --udp 0.10  --seconds 10  --warmup 3
                 --preload N (flows sent first)  --rate N (events/s, open loop)  --single (one event a request)
                 --seed N (another cluster)  --server-pid PID  --data-dir DIR  --json FILE
      seed       --url ...  --flows 1000000  --connections 8  --batch 1000  --seed N  --server-pid PID  --data-dir DIR  --json FILE
      read       --url ...  --requests 500  --streams 3  --pod NAME  --path /any  --seed N  --server-pid PID  --json FILE

    To try the bench itself:
      sink       --port 9099  --batch 100     accepts and forgets: the generator's own cost, with ingest --new 1
      sample     --batch 10  --new 1  --seed N    prints one batch
    """;

try
{
    var flags = new Lazy<Flags>(() => new Flags(args[1..]));
    switch (args.FirstOrDefault())
    {
        case "ingest": return IngestCommand.Ingest(flags.Value);
        case "seed": return IngestCommand.Seed(flags.Value);
        case "sample": return SampleCommand.Run(flags.Value);
        case "read": return ReadCommand.Run(flags.Value);
        case "micro": return MicroCommand.Run(args[1..]);
        case "suite": return SuiteCommand.Run(flags.Value);
        case "shards": return ShardsCommand.Run(flags.Value);
        case "inventory": return InventoryCommand.Run(flags.Value);
        case "import": return ImportCommand.Run(flags.Value);
        case "growth": return GrowthCommand.Run(flags.Value);
        case "soak": return SoakCommand.Run(flags.Value);
        case "parse": return ParseCommand.Run(flags.Value);
        case "limits": return LimitsCommand.Run(flags.Value);
        case "compare": return CompareCommand.Run(flags.Value);
        case "pg-broker": return await PgBrokerCommand.RunAsync(flags.Value);
        case "sink": return SinkCommand.Run(flags.Value);
        case "--help" or "-h" or "help" or null:
            Console.WriteLine(Help);
            return 0;
        default:
            Console.Error.WriteLine($"Unknown command '{args[0]}'.\n\n{Help}");
            return 2;
    }
}
catch (Exception failed) when (failed is ArgumentException or InvalidOperationException or IOException or System.Net.Sockets.SocketException)
{
    Console.Error.WriteLine(failed.Message);
    return failed is ArgumentException ? 2 : 1;
}
