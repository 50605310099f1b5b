using System.CommandLine;
using KGuardian.Analytics.Server.Hosting;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>serve</c>: runs the server; what the program does without a verb.</summary>
internal sealed class ServeCommand : Verb
{
    private const string Check = "--check";

    public ServeCommand()
        : base("serve", "Runs the server until it is told to end. Also without a command.", """
              kguardian-analytics serve
              kguardian-analytics --LISTEN_ADDR=127.0.0.1:9090 --Retention:Days=7
              KGUARDIAN_CLICKHOUSE_URL=http://clickhouse:8123 kguardian-analytics serve
            """) =>
        Add(new Option<bool>(Check) { Description = "Validate the configuration, print it as JSON with secrets masked, and exit." });

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (settings, configuration) = SettingsArguments.Read(arguments);
        if (arguments.GetValue<bool>(Check))
        {
            Console.Out.Write(SettingsReport.Describe(settings));
            return ExitCode.Fine;
        }

        return await AnalyticsServer.RunAsync(settings, configuration);
    }
}
