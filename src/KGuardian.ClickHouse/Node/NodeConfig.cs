using System.Xml.Linq;

namespace KGuardian.ClickHouse.Node;

/// <summary>
/// The engine's configuration for a machine it shares with the server. clickhouse-local starts from smaller defaults than a ClickHouse server
/// (two merge threads, no system logs), so this only says what differs from those.
/// </summary>
internal static class NodeConfig
{
    /// <param name="options">How the node runs.</param>
    /// <param name="memory">Bytes that it may use.</param>
    /// <param name="files">Where its files are.</param>
    /// <param name="httpPort">Port of the HTTP interface.</param>
    /// <param name="tcpPort">Port of the native protocol.</param>
    public static XElement Create(LocalNodeOptions options, long memory, NodeFiles files, int httpPort, int tcpPort)
    {
        return new XElement("clickhouse",
            new XElement("log-level", options.EngineLogLevel),
            // Standard error, which the parent reads. A failed query's error goes to who asked; logged as well it would be a page of stack
            // trace for every typing error.
            new XElement("logger",
                new XElement("console", 1),
                new XElement("levels", Silent("executeQuery"), Silent("DynamicQueryHandler"), Silent("TCPHandler"))),
            new XElement("listen_host", "127.0.0.1"),
            new XElement("http_port", httpPort),
            new XElement("tcp_port", tcpPort),
            // Longer than HttpClient keeps an idle connection (60 s), so that it never sends on one the engine is just closing
            new XElement("keep_alive_timeout", 120),
            new XElement("users_config", files.Users),
            new XElement("access_control_improvements", new XElement("select_from_system_db_requires_grant", true)),
            new XElement("max_server_memory_usage", memory),
            // The caches' defaults are gigabytes each, bounded by the machine's memory and not by the share above.
            new XElement("mark_cache_size", memory / 16),
            new XElement("index_mark_cache_size", memory / 64),
            new XElement("primary_index_cache_size", memory / 16),
            new XElement("compiled_expression_cache_size", Math.Min(memory / 64, 32 << 20)),
            new XElement("background_pool_size", Math.Max(2, Environment.ProcessorCount / 2)),
            // With clickhouse-local's two, tasks of one kind are held back and a warning says so every second.
            new XElement("background_schedule_pool_size", 8),
            new XElement("merge_tree",
                // clickhouse-local removes merged parts at once; the merge's result may still be in the page cache then, which Linux writes
                // back after 30 s.
                new XElement("old_parts_lifetime", 60)),
            new XElement("backups", new XElement("allowed_path", files.Backups)),
            new NodeStorage(files, options.Cold).Config(),
            QueryLog());
    }

    // In memory, because clickhouse-local forgets its system tables but not their files, and then cannot create the log again; and
    // because it costs no parts and no merges while idle. The last 32 MiB, compressed.
    private static XElement QueryLog() =>
        new("query_log",
            new XElement("database", "system"),
            new XElement("table", "query_log"),
            new XElement("engine", "ENGINE = Memory SETTINGS compress = 1, min_bytes_to_keep = 0, max_bytes_to_keep = 33554432"),
            new XElement("flush_interval_milliseconds", 10_000),
            // Before the first flush room is reserved for so many rows; the default is 8192.
            new XElement("reserved_size_rows", 256),
            new XElement("max_size_rows", 100_000),
            new XElement("buffer_size_rows_flush_threshold", 5_000));

    private static XElement Silent(string name) =>
        new("logger", new XElement("name", name), new XElement("level", "none"));
}
