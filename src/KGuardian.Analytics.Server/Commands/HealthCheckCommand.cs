using System.CommandLine;
using System.Net;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Startup;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>
/// <c>healthcheck</c>: asks the server on this machine for <c>/health</c>. Container runtimes run it in an image that has neither a shell nor curl.
/// </summary>
internal sealed class HealthCheckCommand : Verb
{
    /// <summary>The server itself answers within 3 s; the rest is for a busy machine.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(4);

    private readonly Option<string> _url = new("--url")
    {
        Description = "Address of the server. Default: the one that listens on LISTEN_ADDR.",
        HelpName = "http://host:port",
    };

    public HealthCheckCommand()
        : base("healthcheck", "Asks a server for /health, prints what it says, and ends with 0 when it is healthy, else with 1. For containers.", """
              kguardian-analytics healthcheck
              kguardian-analytics healthcheck --url=http://127.0.0.1:9090
            """) =>
        Add(_url);

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (settings, _) = SettingsArguments.Read(arguments);
        var server = arguments.GetValue(_url) is not { } text ? ServerAddress.Reach(settings.ListenAddress)
            : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" ? url
            : throw new UsageException($"--url '{text}' must look like --url=http://host:port");
        var address = new Uri(server, "/health");
        using var client = new HttpClient(DirectHttp.CreateHandler(Limit)) { Timeout = Limit };
        try
        {
            using var answer = await client.GetAsync(address, cancellationToken);
            Console.Out.WriteLine(await answer.Content.ReadAsStringAsync(cancellationToken));
            return answer.StatusCode == HttpStatusCode.OK ? ExitCode.Fine : ExitCode.Failed;
        }
        catch (Exception e) when (e is HttpRequestException || (e is TaskCanceledException && !cancellationToken.IsCancellationRequested))
        {
            Console.Out.WriteLine($"{address}: {(e is HttpRequestException ? e.Message : $"no answer within {Limit.TotalSeconds} s")}");
            return ExitCode.Failed;
        }
    }
}
