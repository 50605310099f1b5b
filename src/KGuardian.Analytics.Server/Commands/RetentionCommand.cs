using System.CommandLine;
using System.Text.Json;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>retention</c>: how long flows are kept, what another time would let go of, and that it is so from now on.</summary>
internal sealed class RetentionCommand : Verb
{
    private const string Route = "/api/v1/flow-reports/retention";

    private readonly Option<int?> _days = new("--days")
    {
        Description = "Says what would go if flows were kept for so many days; nothing is changed.",
        HelpName = "days",
    };

    private readonly Option<bool> _apply = new("--apply") { Description = "With --days: keeps them for so long from now on. What goes is gone for good." };
    private readonly Option<bool> _json = new("--json") { Description = "Print the server's answer, JSON." };
    private readonly ServerOptions _server = new();

    public RetentionCommand()
        : base("retention", "Says how many days flows are kept, and what fewer days would let go of; --apply makes it so.", """
              kguardian-analytics retention
              kguardian-analytics retention --days 14
              kguardian-analytics retention --days 14 --apply
            """)
    {
        Add(_days);
        Add(_apply);
        Add(_json);
        _server.AddTo(this);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (days, isApplied) = (arguments.GetValue(_days), arguments.GetValue(_apply));
        if (isApplied && days is null)
        {
            throw new UsageException("--apply needs --days");
        }

        using var server = _server.Require(arguments, SettingsArguments.Read(arguments).Settings);
        var answer = (await server.GetAsync(days is null ? Route : $"{Route}?dry_run={days}", cancellationToken)).GetProperty("result");
        if (isApplied)
        {
            await server.PutAsync(Route, new { days }, cancellationToken);
        }

        Console.Out.WriteLine(
            arguments.GetValue(_json) ? JsonSerializer.Serialize(answer, SnakeCaseJson.Indented)
            : days is null ? $"flows are kept for {answer.GetProperty("days")} days"
            : $"{(isApplied ? $"flows are kept for {days} days from now on" : $"if flows were kept for {days} days")}: {Gone(answer, isApplied)}");
        return ExitCode.Fine;
    }

    private static string Gone(JsonElement plan, bool isApplied) => plan.GetProperty("rows").GetInt64() is > 0 and var rows
        ? $"{rows} flows ({plan.GetProperty("bytes")} bytes, {plan.GetProperty("partitions")} partitions) "
            + $"of before {plan.GetProperty("oldest_day").GetString()} "
            + $"{(isApplied ? "are gone" : "would be gone")}"
        : $"nothing {(isApplied ? "is" : "would be")} gone";
}
