using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Rows;
using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Exports.Sources;

/// <summary>What is exported.</summary>
/// <param name="Selection">Of which flows, or events.</param>
/// <param name="Fields">Names of the fields, in their order.</param>
/// <param name="Format">How it is written.</param>
internal sealed record ExportRequest(FlowSelection Selection, IReadOnlyList<string> Fields, RowFormat Format);

/// <summary>Rows that were asked for.</summary>
/// <param name="Total">How many there are.</param>
/// <param name="IsCut">Whether there are more than are exported.</param>
/// <param name="Answer">They, as they are written; dispose it.</param>
internal sealed record ExportRows(long Total, bool IsCut, ClickHouseResult Answer) : IAsyncDisposable
{
    /// <inheritdoc/>
    public ValueTask DisposeAsync() => Answer.DisposeAsync();
}
