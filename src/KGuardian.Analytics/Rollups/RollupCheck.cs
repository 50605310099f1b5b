using KGuardian.Analytics.Diagnosis;

namespace KGuardian.Analytics.Rollups;

/// <summary>Whether <c>edge_rollup</c> follows the flows.</summary>
/// <param name="builder">Fills it.</param>
internal sealed class RollupCheck(RollupBuilder builder) : Check("edge rollup")
{
    /// <summary>So many are grouped in two seconds; a busy builder is behind by those of some steps.</summary>
    private const long MostBehind = 5_000_000;

    /// <inheritdoc/>
    public override Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var behind = builder.Behind;
        return Task.FromResult<IReadOnlyList<Finding>>(
        [
            !builder.IsEnabled ? Ok("Maps and policies read flows one by one: edge_rollup is off, or cannot be kept with several ingest servers or shards")
                : behind <= MostBehind ? Ok("Maps and policies read edge_rollup, which follows the flows", ("behind_flows", behind))
                : Warning(
                    $"edge_rollup is {behind} flows behind: maps and policies group these themselves, and take longer",
                    "After an upgrade, a restore or an import it catches up by itself, at some hundred thousand flows a second. Otherwise the log says why "
                    + "(1950): mostly that ClickHouse fails, or has no time.",
                    ("behind_flows", behind)),
        ]);
    }
}
