using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>What the machine gives the local node: memory, and who else may read its files. Only its server knows.</summary>
/// <param name="node">The node.</param>
internal sealed class LocalNodeCheck(LocalNode node) : Check("local node")
{
    /// <inheritdoc/>
    public override bool NeedsStore => false;

    /// <inheritdoc/>
    public override Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var memory = node.Memory;
        (string, object?)[] evidence =
        [
            ("memory_bytes", memory.Share), ("memory_limit_bytes", memory.Machine.Bytes), ("memory_limit_source", memory.Machine.Source),
            ("restarts", node.Restarts), ("readable_by_others", string.Join(", ", node.ReadableByOthers)), ("shared_with_group", node.IsShared),
        ];
        var what = $"The node may use {Size(memory.Share)} of the {Size(memory.Machine.Bytes)} that there are by {memory.Machine.Source}";
        var whose = node.IsShared ? "its files are the data directory's group's, too" : "its files are this user's alone";
        return Task.FromResult<IReadOnlyList<Finding>>([node.ReadableByOthers.Count == 0
            ? Ok($"{what}; {whose}", evidence)
            : Warning(
                $"Everybody on this machine may read {string.Join(", ", node.ReadableByOthers)}, which could not be changed; passwords of the node are in them",
                "They are another user's, or their file system has no modes. chmod o-rwx as their owner, or as root; then start the server again.", evidence)]);
    }
}
