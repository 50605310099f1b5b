namespace KGuardian.ClickHouse.Client;

/// <summary>
/// ClickHouse's error codes that something is done about; they never change (its <c>src/Common/ErrorCodes.cpp</c>, which also has their names).
/// </summary>
internal static class ClickHouseErrorCodes
{
    /// <summary>BAD_ARGUMENTS: of a statement, or of a setting that does not go with what is there.</summary>
    public const int BadArguments = 36;

    /// <summary>TABLE_ALREADY_EXISTS.</summary>
    public const int TableAlreadyExists = 57;

    /// <summary>UNKNOWN_TABLE.</summary>
    public const int UnknownTable = 60;

    /// <summary>UNKNOWN_DATABASE.</summary>
    public const int UnknownDatabase = 81;

    /// <summary>TOO_MANY_ROWS: over max_rows_to_read or max_result_rows.</summary>
    public const int TooManyRows = 158;

    /// <summary>TIMEOUT_EXCEEDED: over max_execution_time.</summary>
    public const int TimeoutExceeded = 159;

    /// <summary>TOO_SLOW: it would go over max_execution_time.</summary>
    public const int TooSlow = 160;

    /// <summary>MEMORY_LIMIT_EXCEEDED: of the query, of its user or of the server; the text says which.</summary>
    public const int MemoryLimitExceeded = 241;

    /// <summary>TABLE_IS_READ_ONLY: a replica that has lost Keeper; others may take writes.</summary>
    public const int TableIsReadOnly = 242;

    /// <summary>TOO_MANY_BYTES: over max_bytes_to_read or max_result_bytes.</summary>
    public const int TooManyBytes = 307;

    /// <summary>TOO_MANY_ROWS_OR_BYTES.</summary>
    public const int TooManyRowsOrBytes = 396;

    /// <summary>What the state of a ClickHouse makes it refuse, whatever is asked; the same statement may work later.</summary>
    private static readonly Dictionary<int, string> OfStore = new()
    {
        // Busy.
        [TimeoutExceeded] = "TIMEOUT_EXCEEDED",
        [TooSlow] = "TOO_SLOW",
        [MemoryLimitExceeded] = "MEMORY_LIMIT_EXCEEDED",
        [173] = "CANNOT_ALLOCATE_MEMORY",
        [201] = "QUOTA_EXCEEDED",
        [202] = "TOO_MANY_SIMULTANEOUS_QUERIES",
        [252] = "TOO_MANY_PARTS",
        [439] = "CANNOT_SCHEDULE_TASK",
        [473] = "DEADLOCK_AVOIDED",
        [745] = "SERVER_OVERLOADED",
        // Ending, or told to end this.
        [218] = "TABLE_IS_DROPPED",
        [236] = "ABORTED",
        [394] = "QUERY_WAS_CANCELLED",
        [722] = "ASYNC_LOAD_WAIT_FAILED",
        // Its disk.
        [33] = "CANNOT_READ_ALL_DATA",
        [40] = "CHECKSUM_DOESNT_MATCH",
        [74] = "CANNOT_READ_FROM_FILE_DESCRIPTOR",
        [75] = "CANNOT_WRITE_TO_FILE_DESCRIPTOR",
        [76] = "CANNOT_OPEN_FILE",
        [164] = "READONLY",
        [TableIsReadOnly] = "TABLE_IS_READ_ONLY",
        [243] = "NOT_ENOUGH_SPACE",
        [246] = "CORRUPTED_DATA",
        [425] = "SYSTEM_ERROR",
        [499] = "S3_ERROR",
        // What it needs of others: shards, replicas, Keeper.
        [32] = "ATTEMPT_TO_READ_AFTER_EOF",
        [95] = "CANNOT_READ_FROM_SOCKET",
        [96] = "CANNOT_WRITE_TO_SOCKET",
        [198] = "DNS_ERROR",
        [209] = "SOCKET_TIMEOUT",
        [210] = "NETWORK_ERROR",
        [225] = "NO_ZOOKEEPER",
        [279] = "ALL_CONNECTION_TRIES_FAILED",
        [285] = "TOO_FEW_LIVE_REPLICAS",
        [319] = "UNKNOWN_STATUS_OF_INSERT",
        [369] = "ALL_REPLICAS_ARE_STALE",
        [999] = "KEEPER_EXCEPTION",
        [1000] = "POCO_EXCEPTION",
        // Who asks: a password that is being changed, rights that were taken away.
        [192] = "UNKNOWN_USER",
        [193] = "WRONG_PASSWORD",
        [194] = "REQUIRED_PASSWORD",
        [497] = "ACCESS_DENIED",
        [516] = "AUTHENTICATION_FAILED",
        // The store is not there: dropped, or just being replaced.
        [UnknownTable] = "UNKNOWN_TABLE",
        [UnknownDatabase] = "UNKNOWN_DATABASE",
    };

    /// <summary>ClickHouse's names of the codes that are the store's fault.</summary>
    internal static IReadOnlyDictionary<int, string> StoreFaults => OfStore;

    /// <summary>
    /// Whether a statement was refused for the store's state, so that it may be asked again. Every other code says that the statement itself is wrong,
    /// which is a mistake of this program's. Code 0: something between us and ClickHouse answered, a proxy say.
    /// </summary>
    public static bool IsStoreFault(int code) => code == 0 || OfStore.ContainsKey(code);
}
