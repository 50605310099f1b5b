using System.CommandLine;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Diagnosis;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>doctor</c>: what is wrong with the store or will be; asks the running server, or looks at the store itself when none runs.</summary>
internal sealed class DoctorCommand : Verb
{
    private static readonly JsonSerializerOptions Indented = new(DoctorReport.Json) { WriteIndented = true };

    private readonly Option<bool> _json = new("--json") { Description = "Print JSON, with the numbers behind each finding." };
    private readonly ServerOptions _server = new();

    public DoctorCommand()
        : base("doctor", "Looks for what is wrong with the store or will be, and says what to do. Ends with 3 for warnings, 4 for errors.", """
              kguardian-analytics doctor
              kguardian-analytics doctor --json | jq '.findings[] | select(.severity != "ok")'
              kguardian-analytics doctor --server https://analytics:9090 --token-file /etc/kguardian/admin.token
            """)
    {
        _server.AddTo(this);
        Add(_json);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (settings, _) = SettingsArguments.Read(arguments);
        using var server = _server.Find(arguments, settings);
        var report = server is not null
            ? (await server.GetAsync("/api/v1/admin/doctor", cancellationToken)).Deserialize<DoctorReport>(DoctorReport.Json)!
            : await ExamineAsync(settings, cancellationToken);
        Console.Out.Write(arguments.GetValue(_json) ? JsonSerializer.Serialize(report, Indented) + "\n" : Text(report));
        return report.Status switch { Severity.Ok => ExitCode.Fine, Severity.Warning => ExitCode.Warnings, _ => ExitCode.Errors };
    }

    private static async Task<DoctorReport> ExamineAsync(ServerSettings settings, CancellationToken cancellationToken)
    {
        await using var store = await DirectStore.OpenAsync(settings, null, create: false, cancellationToken);
        var window = await store.ReadWindowAsync(cancellationToken);
        using var readers = store.OpenReaders();
        var checks = StoreChecks.Of(
            store.Client, window, ProgramVersion.Text, store.Migrator.NewestVersion, TimeProvider.System,
            [.. readers.All.Skip(1)], settings.HasLocalNode ? store.Backups : null);
        var findings = await new Doctor(store.Client, checks).ExamineAsync(cancellationToken);
        return DoctorReport.Of(
        [
            new Finding("server", Severity.Ok, "No server runs on this data directory: the journal and the index of known flows are not looked at"),
            .. findings,
        ]);
    }

    private static string Text(DoctorReport report)
    {
        var text = new StringBuilder();
        foreach (var finding in report.Findings)
        {
            text.Append($"{finding.Severity.ToString().ToLowerInvariant(),-8} {finding.Check,-16} {finding.What}\n");
            if (finding.Todo is not null)
            {
                text.Append($"{"",-25} -> {finding.Todo}\n");
            }
        }

        int Count(Severity severity) => report.Findings.Count(finding => finding.Severity == severity);
        return text.Append($"{Count(Severity.Error)} errors, {Count(Severity.Warning)} warnings\n").ToString();
    }
}
