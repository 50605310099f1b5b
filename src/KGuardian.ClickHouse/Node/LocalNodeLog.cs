using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Node;

/// <summary>The local node's log messages: event ids 1000 to 1049.</summary>
internal static partial class LocalNodeLog
{
    [LoggerMessage(1000, LogLevel.Information,
        "Local ClickHouse node {ProcessId} answers at {Url} after {Elapsed}; its files are in {Directory}")]
    public static partial void Started(ILogger logger, int processId, Uri url, TimeSpan elapsed, string directory);

    [LoggerMessage(1001, LogLevel.Error,
        "Local ClickHouse node {ProcessId} ended by itself with exit code {ExitCode} after {Uptime}; starting it again. " +
        "Its last lines: {LastLines}")]
    public static partial void Died(ILogger logger, int processId, int exitCode, TimeSpan uptime, string lastLines);

    [LoggerMessage(1002, LogLevel.Error, "Local ClickHouse node does not start again; next attempt in {Delay}")]
    public static partial void RestartFailed(ILogger logger, Exception exception, TimeSpan delay);

    [LoggerMessage(1003, LogLevel.Information, "Local ClickHouse node {ProcessId} has stopped with exit code {ExitCode} after {Elapsed}")]
    public static partial void Stopped(ILogger logger, int processId, int exitCode, TimeSpan elapsed);

    [LoggerMessage(1004, LogLevel.Warning, "Local ClickHouse node {ProcessId} had to be killed: it did not stop within {Timeout}")]
    public static partial void Killed(ILogger logger, int processId, TimeSpan timeout);

    [LoggerMessage(1005, LogLevel.Warning, "Local ClickHouse node {ProcessId} could not be asked to stop")]
    public static partial void StopRequestFailed(ILogger logger, Exception exception, int processId);

    [LoggerMessage(1006, LogLevel.Information, "Waiting for the files of a local ClickHouse node that is just ending: {Reason}")]
    public static partial void WaitingForPredecessor(ILogger logger, string reason);

    [LoggerMessage(1007, LogLevel.Warning,
        "Others may read these directories, and that could not be changed, as they are another user's or their file system has no modes: {Directories}. " +
        "There are passwords of the node in them; chmod o-rwx as their owner, or as root")]
    public static partial void LeftReadable(ILogger logger, string directories);

    [LoggerMessage(1008, LogLevel.Information,
        "The group of {Directory} may write to it, and so to all that is written there: passwords and flows are the group's, too")]
    public static partial void Shared(ILogger logger, string directory);

    [LoggerMessage(1009, LogLevel.Information, "Local ClickHouse node may use {Share} MiB of memory, of {Total} MiB that there are by {Source}")]
    public static partial void Memory(ILogger logger, long share, long total, string source);

    [LoggerMessage(EventId = 1010, Message = "ClickHouse: {Line}")]
    public static partial void EngineLine(ILogger logger, LogLevel level, string line);

    [LoggerMessage(1011, LogLevel.Warning, "ClickHouse wrote {Count} more lines than are logged in a second")]
    public static partial void EngineLinesSuppressed(ILogger logger, long count);
}
