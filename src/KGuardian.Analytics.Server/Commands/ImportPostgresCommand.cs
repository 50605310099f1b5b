using System.CommandLine;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Import.Postgres;
using Npgsql;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>import postgres</c>: what kguardian's PostgreSQL broker has stored.</summary>
internal sealed class ImportPostgresCommand : ImportVerb
{
    private readonly Option<string> _from = new("--from")
    {
        Description = "The broker's database, as its DATABASE_URL: postgres://user@host:5432/database. The password also from PGPASSWORD or PGPASSFILE.",
        HelpName = "url",
        Required = true,
    };

    private readonly Option<string[]> _table = new("--table")
    {
        Description = "Only this table; may be given several times: pod_details, svc_details, pod_syscalls, pod_traffic, audit_verdicts.",
        HelpName = "name",
    };

    public ImportPostgresCommand()
        : base(
            "postgres",
            "Sends what kguardian's PostgreSQL broker has stored to a running server, while agents post to either: flows with their times, pods, services, "
                + "system calls and audit verdicts, as they were in one moment. What is known is not stored again, nor does it replace what is newer. "
                + "Started again after it was killed it goes on. Ends with 3 when there were rows that cannot be stored.",
            """
              kguardian-analytics import postgres --from postgres://kguardian@localhost:5432/kguardian --server http://localhost:9090
              kguardian-analytics import postgres --from "Host=localhost;Username=kguardian;Database=kguardian" --table pod_traffic --rate 5000
              kguardian-analytics import postgres --from postgres://kguardian@localhost:5432/kguardian --json --state moving.state --rejects bad.ndjson
            """)
    {
        Add(_from);
        Add(_table);
        AddOptions();
    }

    public override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var connection = BrokerUrl.Read(arguments.GetValue(_from)!);
        var tables = arguments.GetValue(_table) ?? [];
        if (tables.FirstOrDefault(name => BrokerTable.All.All(table => table.Name != name)) is { } odd)
        {
            throw new UsageException($"--table '{odd}' is none of {string.Join(", ", BrokerTable.All.Select(table => table.Name))}");
        }

        var to = new NpgsqlConnectionStringBuilder(connection);
        return RunAsync(
            arguments, async cancelled => await BrokerSource.OpenAsync(connection, $"{to.Host}:{to.Port}/{to.Database}", tables, cancelled), cancellationToken);
    }
}
