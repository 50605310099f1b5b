using System.CommandLine;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Startup;
using KGuardian.Analytics.Server.Terminal;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>tail</c>: new flows as they arrive, each once.</summary>
internal sealed class TailCommand : Verb
{
    private static readonly TimeSpan AskForReader = TimeSpan.FromSeconds(1);

    private readonly Option<string> _since = new("--since") { Description = "Arrival time to begin at, such as -5m. Default: now.", HelpName = "time" };
    private readonly Option<string> _filter = new("--filter")
    {
        Description = "Which flows, as in ?filter= of the API; names are not known yet.",
        HelpName = "text",
    };

    private readonly Option<string> _fields = new("--fields") { Description = "Columns, with commas between them; with --json.", HelpName = "a,b" };
    private readonly Option<long?> _limit = new("--limit") { Description = "Ends after so many. Default: never.", HelpName = "rows" };

    private readonly Option<int> _wait = new("--wait")
    {
        Description = "How long the server may be away before this gives up, in seconds. Default: 300.",
        HelpName = "seconds",
        DefaultValueFactory = _ => 300,
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, a line for each flow." };
    private readonly ServerOptions _server = new();

    public TailCommand()
        : base("tail", "Shows new flows as they arrive, each once: when the connection breaks it goes on where it was. Ends with Ctrl+C.", """
              kguardian-analytics tail --filter 'decision = DROP'
              kguardian-analytics tail --since -5m --json | head -n 10
            """)
    {
        Add(_since);
        Add(_filter);
        Add(_fields);
        Add(_limit);
        Add(_wait);
        Add(_json);
        _server.AddTo(this);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (limit, wait, isJson) = (arguments.GetValue(_limit), arguments.GetValue(_wait), arguments.GetValue(_json));
        if (limit is < 1 || wait < 0)
        {
            throw new UsageException(wait < 0 ? $"--wait {wait} must be 0 or more" : $"--limit {limit} must be 1 or more");
        }

        if (arguments.GetValue(_fields) is not null && !isJson)
        {
            throw new UsageException("--fields goes with --json: lines for people have their own");
        }

        using var server = _server.Require(arguments, SettingsArguments.Read(arguments).Settings);
        using var tail = new FlowTail(
            server,
            SelectionOptions.Join(
                ("from", arguments.GetValue(_since)), ("filter", arguments.GetValue(_filter)), ("fields", arguments.GetValue(_fields))),
            TimeSpan.FromSeconds(wait), TimeProvider.System,
            problem => Console.Error.WriteLine($"{CommandLine.Program}: {problem ?? $"{server.Address} answers again"}"));
        using var leaving = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var output = StandardOutput.Open();
        try
        {
            await using var rows = tail.ReadAsync(leaving.Token).GetAsyncEnumerator(leaving.Token);
            var next = Task.FromResult(false);
            try
            {
                for (long shown = 0; shown < (limit ?? long.MaxValue); shown++)
                {
                    next = rows.MoveNextAsync().AsTask();
                    // Nothing more has come yet: what did is shown, and whether somebody still reads is asked for.
                    for (var isShown = false; !next.IsCompleted; await Task.WhenAny(next, Task.Delay(AskForReader, leaving.Token)))
                    {
                        if (!isShown)
                        {
                            await output.FlushAsync(cancellationToken);
                            isShown = true;
                        }

                        if (!StandardOutput.HasReader())
                        {
                            await leaving.CancelAsync();
                        }
                    }

                    await next;
                    output.Write(Encoding.UTF8.GetBytes($"{(isJson ? rows.Current : Line(rows.Current))}\n"));
                }
            }
            finally
            {
                // What still waits for a row cannot be disposed.
                await leaving.CancelAsync();
                await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        catch (OperationCanceledException) when (leaving.IsCancellationRequested)
        {
            // Ctrl+C is how it ends, or that nobody reads any more.
            return ExitCode.Fine;
        }

        return ExitCode.Fine;
    }

    private static string Line(string row)
    {
        using var document = JsonDocument.Parse(row);
        return FlowLine.Of(document.RootElement, StandardOutput.HasColours);
    }
}
