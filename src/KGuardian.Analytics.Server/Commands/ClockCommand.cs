using System.CommandLine;
using System.Text.Json;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>clock</c>: what time the running server believes, and the word of whoever runs it that its machine's clock is right.</summary>
internal sealed class ClockCommand : Verb
{
    private const string Route = "/api/v1/admin/clock";

    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly Option<bool> _confirm = new("--confirm")
    {
        Description = "Say that the machine's clock is right as it is: days expire by it from now on, and what expires is gone for good.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON." };
    private readonly ServerOptions _server = new();

    public ClockCommand()
        : base("clock", "Says what time the running server believes, and whether anything expires by it. Ends with 3 while nothing does.", """
              kguardian-analytics clock
              kguardian-analytics clock --confirm
              kguardian-analytics clock --server https://analytics:9090 --token-file /etc/kguardian/admin.token --json
            """)
    {
        Add(_confirm);
        _server.AddTo(this);
        Add(_json);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (settings, _) = SettingsArguments.Read(arguments);
        using var server = _server.Find(arguments, settings)
            ?? throw new CommandException($"no server runs on KGUARDIAN_DATA_DIR = '{Path.GetFullPath(settings.DataDirectory)}'; name one by --server");
        var clock = arguments.GetValue(_confirm)
            ? await server.PostAsync($"{Route}/confirm", new { }, cancellationToken)
            : await server.GetAsync(Route, cancellationToken);
        var held = clock.GetProperty("held").GetBoolean();
        var others = clock.GetProperty("other_holds").EnumerateArray()
            .Select(other =>
                $"\nServer {other.GetProperty("server").GetString()} of this store does not believe its clock: "
                + $"what it wrote down since {other.GetProperty("since").GetString()} is kept.");
        Console.Out.WriteLine(
            arguments.GetValue(_json) ? JsonSerializer.Serialize(clock, Indented)
            : held ? $"Nothing expires: {clock.GetProperty("reason").GetString()}\nIf the machine's clock is right: {CommandLine.Program} clock --confirm"
            : $"The clock is believed: {clock.GetProperty("machine_time").GetString()}; "
                + $"flows show since {clock.GetProperty("oldest_day").GetString()}{string.Concat(others)}");
        return held ? ExitCode.Warnings : ExitCode.Fine;
    }
}
