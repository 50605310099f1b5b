using System.Diagnostics;
using System.Globalization;

namespace KGuardian.ClickHouse.Node;

/// <summary>
/// Keeps a second server out of a data directory: an flock on a file, which the kernel drops with its holder however that ends. The file
/// itself stays, as removing it would race with the next taker. Who holds it is in a second file, which needs no lock to be read.
/// </summary>
internal sealed class DataDirectoryLock : IDisposable
{
    private const string LockName = "kguardian.lock";

    /// <summary>Who asks whether it is held is gone in no time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(500);

    private readonly FileStream _file;

    private DataDirectoryLock(FileStream file) => _file = file;

    /// <summary>Whether a server uses the directory now.</summary>
    public static bool IsHeld(string directory)
    {
        try
        {
            // Shared with others who ask, not with a holder.
            using var file = new FileStream(Path.Combine(directory, LockName), FileMode.Open, FileAccess.Read, FileShare.Read);
            return false;
        }
        catch (FileNotFoundException)
        {
            return false;
        }
        catch (IOException)
        {
            return true;
        }
    }

    /// <summary>Takes the lock, or fails at once.</summary>
    /// <exception cref="LocalNodeException">Another process holds it, or the directory cannot be written to.</exception>
    public static DataDirectoryLock Acquire(string directory)
    {
        var holder = Path.Combine(directory, "kguardian.pid");
        FileStream? file = null;
        try
        {
            file = Open(Path.Combine(directory, LockName));
            File.WriteAllText(holder, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
            return new DataDirectoryLock(file);
        }
        catch (IOException e) when (file is null && File.Exists(holder))
        {
            throw new LocalNodeException(
                $"{SettingNames.DataDirectory} is '{directory}', but the server with process id {File.ReadAllText(holder)} uses it. " +
                "Stop that one, or choose another directory.", e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw new LocalNodeException($"{SettingNames.DataDirectory} is '{directory}', which cannot be locked: {e.Message}", e);
        }
    }

    /// <summary>Not at the first try when somebody asks in <see cref="IsHeld"/> at this moment.</summary>
    private static FileStream Open(string path)
    {
        var started = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (Stopwatch.GetElapsedTime(started) < Patience)
            {
                Thread.Sleep(20);
            }
        }
    }

    /// <summary>Lets the next server in.</summary>
    public void Dispose() => _file.Dispose();
}
