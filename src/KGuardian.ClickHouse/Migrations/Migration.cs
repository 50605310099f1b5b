using System.Globalization;
using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace KGuardian.ClickHouse.Migrations;

/// <summary>One numbered file of a schema. It is never edited once released: its checksum is kept where it was applied.</summary>
/// <param name="Version">1 and up, without gaps.</param>
/// <param name="Name">The file's name without number and extension.</param>
/// <param name="Sql">Its statements. Each can be run again without harm, because a crash may come between two.</param>
internal sealed record Migration(int Version, string Name, string Sql)
{
    /// <summary>SHA-256 of the file with line feeds as line ends, in hex.</summary>
    public string Checksum { get; } = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(Sql)));

    /// <summary>The statements of <see cref="Sql"/>: each ends with a semicolon at a line's end.</summary>
    public IEnumerable<string> Statements()
    {
        var statement = new StringBuilder();
        foreach (var line in Sql.Split('\n'))
        {
            statement.Append(line).Append('\n');
            if (line.EndsWith(';') && !line.TrimStart().StartsWith("--", StringComparison.Ordinal))
            {
                yield return statement.ToString().TrimEnd()[..^1];
                statement.Clear();
            }
        }

        if (!string.IsNullOrWhiteSpace(statement.ToString()))
        {
            throw new InvalidDataException($"schema file {Version:0000}_{Name}.sql: text after the last statement, or a missing semicolon");
        }
    }

    /// <summary>The migrations that an assembly carries as resources called <c>schema/0001_name.sql</c>, in order.</summary>
    /// <exception cref="InvalidDataException">A number is missing, or there is none at all.</exception>
    public static IReadOnlyList<Migration> Read(Assembly assembly)
    {
        var migrations = assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith("schema/", StringComparison.Ordinal))
            .Select(name => Read(assembly, name))
            .OrderBy(migration => migration.Version)
            .ToArray();
        if (migrations.Length == 0)
        {
            throw new InvalidDataException($"{assembly.GetName().Name} carries no schema files");
        }

        for (var i = 0; i < migrations.Length; i++)
        {
            if (migrations[i].Version != i + 1)
            {
                throw new InvalidDataException($"schema files must be numbered without gaps: {i + 1:0000} is missing");
            }
        }

        return migrations;
    }

    private static Migration Read(Assembly assembly, string resource)
    {
        using var reader = new StreamReader(assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        var file = Path.GetFileNameWithoutExtension(resource);
        var number = file[..file.IndexOf('_', StringComparison.Ordinal)];
        return new Migration(
            int.Parse(number, NumberStyles.None, CultureInfo.InvariantCulture),
            file[(number.Length + 1)..],
            reader.ReadToEnd().ReplaceLineEndings("\n"));
    }
}
