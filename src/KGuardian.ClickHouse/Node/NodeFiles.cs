using System.Security.Cryptography;
using System.Xml.Linq;

namespace KGuardian.ClickHouse.Node;

/// <summary>The node's directory: what is where, not readable by everybody, as the configuration holds password hashes.</summary>
internal sealed class NodeFiles
{
    public NodeFiles(LocalNodeOptions options)
    {
        DataDirectory = Path.GetFullPath(options.DataDirectory);
        Root = Path.Combine(DataDirectory, "clickhouse");
        Store = Path.Combine(Root, "store");
        Backups = options.BackupDirectory is { } backups ? Path.GetFullPath(backups) : Path.Combine(Root, "backups");
        Config = Path.Combine(Root, "config.xml");
        Users = Path.Combine(Root, "users.xml");
        ReadOnlyPassword = Path.Combine(Root, "readonly.password");
        ColdRecord = Path.Combine(Root, "cold.disk");
        GrafanaPassword = Path.Combine(Root, "grafana.password");
    }

    public string DataDirectory { get; }

    public string Root { get; }

    /// <summary>The engine's own: tables, metadata, its <c>status</c> lock.</summary>
    public string Store { get; }

    public string Backups { get; }

    public string Config { get; }

    public string Users { get; }

    public string ReadOnlyPassword { get; }

    /// <summary>Which cold disk there is.</summary>
    public string ColdRecord { get; }

    public string GrafanaPassword { get; }

    /// <summary>Creates the directories that are not there yet.</summary>
    /// <returns>Those that others may read as well, and that could not be made private.</returns>
    /// <exception cref="LocalNodeException">The data directory cannot be created or written to.</exception>
    public IReadOnlyList<string> CreateDirectories()
    {
        try
        {
            PrivateFiles.OpenDataDirectory(DataDirectory);
            var loose = new[] { Root, Store }.Where(directory => !PrivateFiles.CreateDirectory(directory)).ToList();
            // One that is there already may be somebody else's, mounted to be read.
            if (!Directory.Exists(Backups))
            {
                PrivateFiles.CreateDirectory(Backups);
            }

            return loose;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new LocalNodeException(
                $"{SettingNames.DataDirectory} is '{DataDirectory}', where the node's directories cannot be created: {e.Message}", e);
        }
    }

    /// <summary>Writes a configuration file.</summary>
    public static void Write(string path, XElement root) => WriteText(path, root.ToString());

    /// <summary>A user's password: the one asked for, else the kept one, so that clients go on working, else a new one.</summary>
    public static string KeepPassword(string path, string? wanted)
    {
        var kept = File.Exists(path) ? File.ReadAllText(path).Trim() : "";
        var password = wanted ?? (kept.Length > 0 ? kept : NewPassword());
        if (password != kept)
        {
            WriteText(path, password);
        }

        return password;
    }

    /// <summary>A password of 192 random bits in letters and digits.</summary>
    public static string NewPassword() => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(24));

    /// <summary>Writes a file by moving it into place, so that neither a reader nor a crash sees half of it.</summary>
    public static void WriteText(string path, string text)
    {
        var draft = path + ".new";
        File.Delete(draft);
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = PrivateFiles.FileMode(path);
        }

        using (var writer = new StreamWriter(draft, options))
        {
            writer.Write(text);
        }

        File.Move(draft, path, overwrite: true);
    }
}
