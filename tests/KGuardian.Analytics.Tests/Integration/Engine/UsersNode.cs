using KGuardian.Analytics.Tests.Testing.Nodes;
using KGuardian.ClickHouse.Node;
using Microsoft.Extensions.Logging.Abstractions;

namespace KGuardian.Analytics.Tests.Integration.Engine;

/// <summary>A node with a table in the database the read-only user may read, and one in a database it may not.</summary>
public sealed class UsersNode : IAsyncLifetime
{
    private readonly TestDirectory _directory = new();

    public UsersNode() => Node = new LocalNode(Options, NullLogger<LocalNode>.Instance);

    internal LocalNode Node { get; }

    internal LocalNodeOptions Options => new() { DataDirectory = _directory.Path, MemoryShare = 0.1 };

    public async ValueTask InitializeAsync()
    {
        await Node.StartAsync(CancellationToken.None);
        foreach (var database in new[] { "kguardian", "other" })
        {
            await Sql.RunAsync(Node.Endpoint, $"CREATE DATABASE {database}");
            await Sql.RunAsync(Node.Endpoint, $"CREATE TABLE {database}.t (a UInt8) ENGINE = MergeTree ORDER BY a AS SELECT 7 AS a");
        }

        await Sql.RunAsync(Node.Endpoint, "SYSTEM FLUSH LOGS");
    }

    public async ValueTask DisposeAsync()
    {
        await Node.DisposeAsync();
        _directory.Dispose();
    }
}
