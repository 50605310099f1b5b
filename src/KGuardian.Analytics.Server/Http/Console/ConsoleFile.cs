using System.IO.Compression;
using System.Security.Cryptography;

namespace KGuardian.Analytics.Server.Http.Console;

/// <summary>A file of the console, as the build packed it into this program: with Brotli and with gzip, never plain.</summary>
internal sealed class ConsoleFile
{
    private readonly string _resource;

    private ConsoleFile(string resource, string name)
    {
        (_resource, Name) = (resource, name);
        using var packed = Open(Gzip);
        ETag = $"\"{Convert.ToHexStringLower(SHA256.HashData(packed).AsSpan(0, 8))}";
    }

    /// <summary>The coding that every client knows.</summary>
    public const string Gzip = "gzip";

    /// <summary>The coding that browsers know over TLS and on their own machine.</summary>
    public const string Brotli = "br";

    /// <summary>Path below <c>/console/</c>, such as <c>assets/index-4f2a.js</c>.</summary>
    public string Name { get; }

    /// <summary>Its media type.</summary>
    public string ContentType => Path.GetExtension(Name) switch
    {
        ".html" => "text/html; charset=utf-8",
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".svg" => "image/svg+xml",
        ".woff2" => "font/woff2",
        _ => "application/octet-stream",
    };

    /// <summary>Whether its name has a hash of its content: what is called so never changes.</summary>
    public bool IsImmutable => Name.StartsWith("assets/", StringComparison.Ordinal);

    /// <summary>The begin of its tag, with the quote; each coding is a representation of its own.</summary>
    private string ETag { get; }

    /// <summary>The tag of the file in a coding; null for none.</summary>
    public string ETagOf(string? coding) => $"{ETag}-{coding ?? "identity"}\"";

    /// <summary>Its bytes in a coding, which the program's own file holds; null for plain ones.</summary>
    public Stream Open(string? coding) => coding is null
        ? new GZipStream(Open(Gzip), CompressionMode.Decompress)
        : typeof(ConsoleFile).Assembly.GetManifestResourceStream($"{_resource}.{(coding == Brotli ? "br" : "gz")}")!;

    /// <summary>All that the build packed, by name; none when it was built without the console.</summary>
    public static Dictionary<string, ConsoleFile> ReadAll()
    {
        const string Folder = "console/";
        const string Ending = ".gz";
        return typeof(ConsoleFile).Assembly.GetManifestResourceNames()
            .Where(resource => resource.StartsWith(Folder, StringComparison.Ordinal) && resource.EndsWith(Ending, StringComparison.Ordinal))
            .Select(resource => new ConsoleFile(resource[..^Ending.Length], resource[Folder.Length..^Ending.Length]))
            .ToDictionary(file => file.Name, StringComparer.Ordinal);
    }
}
