namespace KGuardian.Analytics.Server.Import;

/// <summary>What is imported: a database, or files.</summary>
internal interface IImportSource : IAsyncDisposable
{
    /// <summary>What it is called.</summary>
    string Name { get; }

    /// <summary>Tells it from every other.</summary>
    string Identity { get; }

    /// <summary>What is in it, and how many rows; known at the end.</summary>
    IReadOnlyList<(ImportTable Table, long Rows)> Tables { get; }

    /// <summary>What else is to be known of it.</summary>
    IReadOnlyList<string> Notes { get; }

    /// <summary>Whether an import that was begun can go on where it ended.</summary>
    Task<bool> CanGoOnAsync(ImportState state, CancellationToken cancellationToken);

    /// <summary>Sends its rows.</summary>
    Task SendAsync(ImportRun run, ImportProgress progress, CancellationToken cancellationToken);
}
