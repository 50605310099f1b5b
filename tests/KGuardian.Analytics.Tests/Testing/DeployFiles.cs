namespace KGuardian.Analytics.Tests.Testing;

/// <summary>What is committed under deploy/.</summary>
internal static class DeployFiles
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "deploy");

    public static string At(string path) => Path.Combine(Folder, path);

    public static string Text(string path) => File.ReadAllText(At(path));

    public static IEnumerable<string> Of(string folder) => Directory.EnumerateFiles(At(folder)).Order(StringComparer.Ordinal);
}
