using KGuardian.Analytics.Bench;
using KGuardian.Analytics.Bench.Commands;

const string help = """
    kguardian-analytics bench: see bench/README.md

      ingest   load one running server      --url --connections 8 --batch 100 --new 0.10 --seconds 10 --warmup 3 --preload N
                                            --rate N (open loop) --single --udp 0.10 --seed N --server-pid --data-dir --json FILE
      seed     post all-new flows           --url --flows 1000000 --connections 8 --batch 1000 --seed N --json FILE
      sample   print one batch              --batch 10 --new 1 --seed N
      sink     accept and forget            --port 9099 --batch 100
    """;

try
{
    var flags = new Lazy<Flags>(() => new Flags(args[1..]));
    switch (args.FirstOrDefault())
    {
        case "ingest": return IngestCommand.Ingest(flags.Value);
        case "seed": return IngestCommand.Seed(flags.Value);
        case "sample": return SampleCommand.Run(flags.Value);
        case "sink": return SinkCommand.Run(flags.Value);
        case "--help" or "-h" or "help" or null:
            Console.WriteLine(help);
            return 0;
        default:
            Console.Error.WriteLine($"Unknown command '{args[0]}'.\n\n{help}");
            return 2;
    }
}
catch (ArgumentException wrong)
{
    Console.Error.WriteLine(wrong.Message);
    return 2;
}
