using KGuardian.Analytics.Ingest.Tier;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>The journal's backlog, and whether all known flows fit into memory. Only a running server knows.</summary>
internal sealed class IngestCheck(IngestTier ingest) : Check("ingest")
{
    /// <inheritdoc/>
    public override bool NeedsStore => false;

    /// <inheritdoc/>
    public override Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken)
    {
        var status = ingest.Status;
        (string, object?)[] evidence =
        [
            ("backlog_flows", status.BacklogFlows), ("max_backlog_flows", status.MaxBacklogFlows), ("journal_bytes", status.JournalBytes),
            ("index_flows", status.IndexedFlows), ("index_complete", status.IsIndexComplete),
        ];
        var what = $"{status.BacklogFlows} flows of the journal wait for ClickHouse, {status.IndexedFlows} known flows are in memory";
        var findings = new List<Finding>();
        if ((status.NotReady ?? status.Refusal) is { } reason)
        {
            findings.Add(Error(
                $"New flows are refused: {reason}",
                "Agents send them again. See the findings on disk, parts and errors, and the server's log.", evidence));
        }
        else if (status.BacklogFlows > status.MaxBacklogFlows / 2)
        {
            findings.Add(Warning(
                $"{what}; at {status.MaxBacklogFlows} new ones are refused",
                "ClickHouse does not take flows as fast as they come: see the findings on merges and disk.", evidence));
        }

        if (status.NotReady is null && !status.IsIndexComplete)
        {
            findings.Add(Warning(
                $"{what}, which is not all of them: others are asked of ClickHouse, batch by batch",
                "Raise Dedup:MaxFlowsInMemory (26 bytes a flow) if there is memory for it, or keep fewer days.", evidence));
        }

        return Task.FromResult<IReadOnlyList<Finding>>(findings.Count > 0 ? findings : [Ok($"{what}: all there are", evidence)]);
    }
}
