namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>What goes wrong with files of keys.</summary>
internal static class RunFailure
{
    /// <summary>Whether the disk is full, fails or refuses.</summary>
    public static bool IsOfDisk(Exception exception) => exception is IOException or UnauthorizedAccessException;

    /// <summary>The same, or what was read is damaged.</summary>
    public static bool IsOfFile(Exception exception) => IsOfDisk(exception) || exception is InvalidDataException;
}
