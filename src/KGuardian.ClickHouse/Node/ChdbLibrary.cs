using System.Reflection;
using System.Runtime.InteropServices;

namespace KGuardian.ClickHouse.Node;

/// <summary>
/// The C functions of libchdb, the ClickHouse engine as a shared library, as far as the node needs them. Only the child process ever loads it:
/// the engine brings its own allocator and 566 MB of code, and may crash without taking the server along.
/// </summary>
internal static partial class ChdbLibrary
{
    /// <summary>Its file, beside the executable; macOS packages carry the same name.</summary>
    public const string FileName = "libchdb.so";

    private const string Name = "chdb";

    /// <summary>Loads the library from beside the executable.</summary>
    /// <exception cref="DllNotFoundException">It is not there, or is another platform's.</exception>
    public static void Load()
    {
        var handle = NativeLibrary.Load(Path.Combine(AppContext.BaseDirectory, FileName));
        NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Name ? handle : 0);
    }

    /// <summary>0 keeps the engine from replacing the runtime's signal handlers; to be called first.</summary>
    [LibraryImport(Name, EntryPoint = "chdb_set_signal_handlers_enabled")]
    public static partial void SetSignalHandlersEnabled(int enabled);

    /// <summary>Runs clickhouse-local with a command line; returns a result or null.</summary>
    [LibraryImport(Name, EntryPoint = "chdb_query_cmdline", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint QueryCommandLine(int count, string[] arguments);

    /// <summary>The error text of a result that is not null, UTF-8; null for none.</summary>
    [LibraryImport(Name, EntryPoint = "chdb_result_error")]
    public static partial nint ResultError(nint result);
}
