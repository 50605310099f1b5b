namespace KGuardian.Analytics.Bench.Report;

/// <summary>Where results go that are kept: <c>bench/results</c> of the working tree, or where <c>--out</c> says.</summary>
internal sealed class ResultDirectory
{
    private const string Solution = "KGuardian.Analytics.sln";
    private readonly string _path;

    public ResultDirectory(string? wanted)
    {
        _path = wanted ?? System.IO.Path.Combine(FindRoot(), "bench", "results");
        Directory.CreateDirectory(_path);
    }

    public string Path(string name) => System.IO.Path.Combine(_path, name);

    public void Write(string name, string text)
    {
        File.WriteAllText(Path(name), text);
        Console.Error.WriteLine($"wrote {Path(name)}");
    }

    private static string FindRoot()
    {
        for (var directory = new DirectoryInfo(AppContext.BaseDirectory); directory is not null; directory = directory.Parent)
        {
            if (File.Exists(System.IO.Path.Combine(directory.FullName, Solution)))
            {
                return directory.FullName;
            }
        }

        throw new ArgumentException($"{Solution} is in no directory above {AppContext.BaseDirectory}; say --out DIR.");
    }
}
