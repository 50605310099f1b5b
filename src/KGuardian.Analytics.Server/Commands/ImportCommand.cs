using System.CommandLine;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>import</c>: what other stores have, each a verb of its own.</summary>
internal sealed class ImportCommand : Command
{
    public ImportCommand()
        : base("import", "Sends what another store has to a running server.") => Add(new ImportPostgresCommand());
}
