using KGuardian.Analytics.Ingest.Tier;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>The journal's backlog, and whether all known flows are in memory or in files. Only a running server knows.</summary>
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
            ("known_flows", status.KnownFlows), ("index_complete", status.IsIndexComplete),
        ];
        var what = $"{status.BacklogFlows} flows of the journal wait for ClickHouse, {status.KnownFlows} flows are known";
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
                $"{what}, which is not all of them: their files are made anew, and others are asked of ClickHouse, batch by batch",
                "This ends by itself. See the server's log for why the files were of no use, and the finding on disk if it comes back.", evidence));
        }

        return Task.FromResult<IReadOnlyList<Finding>>(findings.Count > 0 ? findings : [Ok($"{what}: all there are", evidence)]);
    }
}
