using System.Text.Json;
using KGuardian.Analytics.Tests.Server;

namespace KGuardian.Analytics.Tests.Grafana;

/// <summary>What is committed under deploy/.</summary>
internal static class DeployFiles
{
    public static string Folder { get; } = Path.Combine(AppContext.BaseDirectory, "deploy");

    public static string Text(string path) => File.ReadAllText(Path.Combine(Folder, path));

    public static IEnumerable<string> Of(string folder) => Directory.EnumerateFiles(Path.Combine(Folder, folder)).Order(StringComparer.Ordinal);

    /// <summary>A YAML file, read by a parser that is not ours.</summary>
    public static async Task<JsonElement> YamlAsync(string path) =>
        JsonDocument.Parse(await NpmTool.RunAsync("yaml.js", Path.Combine(Folder, path))).RootElement;
}
