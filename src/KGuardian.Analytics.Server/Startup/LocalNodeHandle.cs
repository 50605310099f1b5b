using System.Diagnostics.Metrics;
using KGuardian.Analytics.Backups;
using KGuardian.Analytics.Diagnosis;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Startup;

/// <summary>The local node, or that there is none because the user has a server of their own.</summary>
internal sealed class LocalNodeHandle
{
    private readonly LocalNode? _node;

    public LocalNodeHandle(LocalNode? node, IMeterFactory meters)
    {
        _node = node;
        meters.Create("KGuardian.Analytics.Node").CreateObservableCounter(
            "kguardian_node_restarts_total", () => _node?.Restarts ?? 0, description: "Times that the local node died and was restarted.");
    }

    public bool IsLocal => _node is not null;

    /// <summary>What the doctor looks at in it.</summary>
    public IReadOnlyList<Check> Checks => _node is null ? [] : [new LocalNodeCheck(_node)];

    /// <summary>Where its backups go; null when there is none.</summary>
    public string? BackupDirectory => _node?.BackupDirectory;

    /// <summary>The same as a place for backups.</summary>
    public BackupDestination? Backups => BackupDirectory is { } directory ? BackupDestination.In(directory) : null;

    public void OnDeath(Action action)
    {
        if (_node is not null)
        {
            _node.ReadyChanged += (_, _) =>
            {
                if (!_node.IsReady)
                {
                    action();
                }
            };
        }
    }
}
