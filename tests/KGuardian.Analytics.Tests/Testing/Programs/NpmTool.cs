using System.Diagnostics;
using System.Reflection;
using System.Text.Json;

namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>Scripts in tests/npm: readers of our answers that are not ours.</summary>
internal static class NpmTool
{
    /// <summary>
    /// The sweep tries every example of every route by itself, the console's pages are walked through in a browser: three and five minutes where the machine
    /// has ten times the work that it can do.
    /// </summary>
    private static readonly TimeSpan Limit = 6 * Patience.Limit;

    private static readonly string Folder = typeof(NpmTool).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
        .Single(entry => entry.Key == "NpmTools").Value!;

    /// <summary>Says which of these optional packages npm could not fetch; null when all are there.</summary>
    public static string? Missing(params string[] packages) =>
        packages.FirstOrDefault(package => !File.Exists(Path.Combine(Folder, "node_modules", package, "package.json"))) is { } missing
            ? $"npm did not fetch {missing}, which is optional in tests/npm/package.json"
            : null;

    /// <summary>Runs a script that is to find nothing wrong; returns what it wrote.</summary>
    public static async Task<string> RunAsync(string script, params string[] args)
    {
        using var process = Process.Start(new ProcessStartInfo("node", [script, .. args])
        {
            WorkingDirectory = Folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(Limit);
            Assert.True(process.ExitCode == 0, $"{script}:\n{await output}{await error}");
            return await output;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }

    /// <summary>A YAML file, read by a parser that is not ours.</summary>
    public static async Task<JsonElement> YamlAsync(string path) => JsonDocument.Parse(await RunAsync("yaml.js", path)).RootElement;
}
