namespace KGuardian.Analytics.Tests.Testing;

/// <summary>The sources, as they are checked out.</summary>
internal static class Repository
{
    /// <summary>The directory that has the solution.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>A file or directory below it.</summary>
    public static string At(params string[] path) => Path.Combine([Root, .. path]);

    /// <summary>The project's one version, of Directory.Build.props.</summary>
    public static string Version { get; } =
        System.Xml.Linq.XDocument.Load(At("Directory.Build.props")).Descendants("Version").Single().Value;

    private static string FindRoot()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "KGuardian.Analytics.sln")))
            {
                return at.FullName;
            }
        }

        throw new DirectoryNotFoundException($"No solution above {AppContext.BaseDirectory}.");
    }
}
