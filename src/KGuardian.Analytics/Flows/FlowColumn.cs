namespace KGuardian.Analytics.Flows;

/// <summary>A column of the table <c>traffic</c>; see <see cref="FlowTable"/>.</summary>
/// <param name="name">Its name in the table, in events, in rows and in exports.</param>
/// <param name="type">What its values are.</param>
internal sealed class FlowColumn(string name, ColumnType type)
{
    public string Name => name;

    public ColumnType Type => type;

    /// <summary>What is in it, for the API's documentation; null for columns that no row shows.</summary>
    public string? Text { get; init; }

    /// <summary>
    /// What it is of a row of <c>traffic AS t</c>, in a query that binds its window as <c>from</c> and <c>to</c>; null for a column of the table.
    /// </summary>
    public string? Expression { get; init; }

    /// <summary>What filters and counts call it; null where flows cannot be filtered by it.</summary>
    public string? Field { get; init; }

    /// <summary>Other names that filters take for it, beside the column's.</summary>
    public IReadOnlyList<string> Aliases { get; init; } = [];

    /// <summary>How its values are compared in filters.</summary>
    public ValueKind Kind { get; init; }

    /// <summary>The only words that it holds; empty: any.</summary>
    public IReadOnlyList<string> Words { get; init; } = [];

    /// <summary>Whether flows can be counted by it (<c>by=</c>).</summary>
    public bool IsDimension { get; init; }

    /// <summary>Whether free text is searched in it.</summary>
    public bool IsSearched { get; init; }

    /// <summary>The skip index of its values, when they can be anything from rare to everywhere; null for none.</summary>
    public string? SkipIndex { get; init; }

    /// <summary>Whether rows of the API have it: what agents send. The others are this server's.</summary>
    public bool IsShown => Text is not null;

    /// <inheritdoc/>
    public override string ToString() => name;
}
