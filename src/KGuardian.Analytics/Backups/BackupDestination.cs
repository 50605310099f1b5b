using System.Text;

namespace KGuardian.Analytics.Backups;

/// <summary>
/// Where backups go, as one of ClickHouse's backup engines: <c>File('directory')</c>, <c>Disk('name', 'path')</c> or <c>S3('url', 'key', 'secret')</c>.
/// Each backup has a place of its own below it. Read strictly and written back by us: nothing else of a text reaches a statement.
/// </summary>
internal sealed record BackupDestination
{
    private const string Allowed = "a directory, File('directory'), Disk('name', 'path'), S3('https://host/bucket/path') or S3('url', 'key', 'secret')";

    private const string Hidden = "***";

    private readonly string _engine;
    private readonly string[] _arguments;

    private BackupDestination(string engine, params string[] arguments)
    {
        _engine = engine;
        _arguments = arguments;
    }

    /// <summary>The directory that ClickHouse's setting <c>backups.allowed_path</c> names.</summary>
    public static BackupDestination Default { get; } = new("File", "");

    /// <summary>
    /// The same where it is known which one that is: it shows as that directory, and statements name what is in it without it, so that backups that
    /// build on each other can be moved together.
    /// </summary>
    public static BackupDestination In(string directory) => new("File", "") { Directory = directory };

    /// <summary>The directory that an empty path means; null where that is not known.</summary>
    internal string? Directory { get; init; }

    /// <summary>Whether it is a directory of the machine that ClickHouse runs on.</summary>
    public bool IsFile => _engine == "File";

    /// <summary>The directory that it is, where that is one of this process's machine for certain: the local node's.</summary>
    internal string? LocalPath => Directory is null ? null : System.IO.Path.Combine(Directory, Path);

    /// <summary>Whether it was read from a text without secrets (see <see cref="ToString"/>), which names it and cannot be used.</summary>
    public bool LacksKeys => _engine == "S3" && _arguments.Skip(1).Contains(Hidden);

    /// <summary>Which argument says where.</summary>
    private int PathAt => _engine == "Disk" ? 1 : 0;

    /// <summary>The path, or the address.</summary>
    public string Path => _arguments[PathAt];

    /// <summary>As a statement names it: not for logs.</summary>
    public string Sql => $"{_engine}({string.Join(", ", _arguments.Select(Quote))})";

    /// <summary>Reads a directory, or an engine with its arguments.</summary>
    /// <exception cref="FormatException">It is neither; the text says what is allowed.</exception>
    public static BackupDestination Parse(string text)
    {
        if (text.Length == 0 || text.Any(char.IsControl))
        {
            throw Wrong(text);
        }

        var open = text.IndexOf('(', StringComparison.Ordinal);
        var engine = open < 0 ? "" : text[..open].Trim();
        if (engine is not ("File" or "Disk" or "S3"))
        {
            return new("File", text);
        }

        var arguments = Arguments(text, open + 1);
        var fits = engine switch { "File" => arguments.Length == 1, "Disk" => arguments.Length == 2, _ => arguments.Length is 1 or 3 };
        var isAddress = engine != "S3"
            || (fits && Uri.TryCreate(arguments[0], UriKind.Absolute, out var url)
                && url.Query.Length == 0 && url.UserInfo.Length == 0);
        return fits && isAddress ? new(engine, arguments) : throw Wrong(Shown(engine, arguments));
    }

    /// <summary>The place of one backup.</summary>
    public BackupDestination Of(string name)
    {
        string[] arguments = [.. _arguments];
        arguments[PathAt] = Path.Length == 0 ? name : $"{Path.TrimEnd('/')}/{name}";
        return new(_engine, arguments) { Directory = Directory };
    }

    /// <summary>Without secrets.</summary>
    public override string ToString() => Directory is null ? Shown(_engine, _arguments) : Shown(_engine, [$"{Directory}/{Path}".TrimEnd('/')]);

    /// <inheritdoc/>
    public bool Equals(BackupDestination? other) => other is not null && Sql == other.Sql;

    /// <inheritdoc/>
    public override int GetHashCode() => Sql.GetHashCode(StringComparison.Ordinal);

    private static string Shown(string engine, string[] arguments) =>
        $"{engine}({string.Join(", ", arguments.Select((argument, at) => Quote(engine == "S3" && at > 0 ? Hidden : argument)))})";

    /// <summary>Quoted texts separated by commas, up to a bracket that ends the text.</summary>
    private static string[] Arguments(string text, int at)
    {
        var arguments = new List<string>();
        while (true)
        {
            SkipSpace();
            if (at >= text.Length || text[at++] != '\'')
            {
                throw Wrong(text[..text.IndexOf('(', StringComparison.Ordinal)] + "(...)");
            }

            var argument = new StringBuilder();
            for (; at < text.Length && text[at] != '\''; at++)
            {
                if (text[at] == '\\' && ++at == text.Length)
                {
                    break;
                }

                argument.Append(text[at]);
            }

            arguments.Add(argument.ToString());
            at++;
            SkipSpace();
            if (at < text.Length && text[at] == ',')
            {
                at++;
            }
            else if (at == text.Length - 1 && text[at] == ')')
            {
                return [.. arguments];
            }
            else
            {
                throw Wrong(text[..text.IndexOf('(', StringComparison.Ordinal)] + "(...)");
            }
        }

        void SkipSpace()
        {
            while (at < text.Length && text[at] == ' ')
            {
                at++;
            }
        }
    }

    private static string Quote(string text) =>
        $"'{text.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal)}'";

    private static FormatException Wrong(string shown) =>
        new($"'{(shown.Length <= 200 ? shown : shown[..200] + "...")}' is no place for backups. Allowed: {Allowed}.");
}
