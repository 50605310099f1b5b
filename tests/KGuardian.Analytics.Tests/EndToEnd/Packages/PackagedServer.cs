using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using System.Text.RegularExpressions;
using KGuardian.Analytics.Server.Settings;
using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Packages;

/// <summary>A server as a package starts it: the environment is one that the program itself takes.</summary>
internal sealed record PackagedServer(string Name, Dictionary<string, string> Environment)
{
    /// <summary>Variables that are read without being settings.</summary>
    private static readonly string[] OtherNames = ["CHART_VERSION"];

    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    private static readonly string Certificate =
        new CertificateRequest("CN=test", Key, HashAlgorithmName.SHA256)
            .CreateSelfSigned(DateTimeOffset.UtcNow, DateTimeOffset.UtcNow.AddHours(1))
            .ExportCertificatePem();

    /// <summary>What a script of tests/npm wrote as its last line.</summary>
    public static PackagedServer[] Parse(string output)
    {
        var servers = JsonDocument.Parse(output.TrimEnd('\n').Split('\n')[^1]).RootElement.GetProperty("servers");
        return servers.Deserialize<PackagedServer[]>(JsonSerializerOptions.Web)!;
    }

    /// <summary>Validates the settings by the program's own --check; returns its report.</summary>
    /// <param name="secrets">Where packages mount secrets; here each is a file of the test's.</param>
    public async Task<JsonElement> CheckAsync(params string[] secrets)
    {
        using var directory = new TestDirectory();
        var environment = new List<(string, string)>();
        foreach (var (name, value) in Environment)
        {
            AssertKnown(name);
            var isSecret = secrets.Any(folder => value.StartsWith(folder + "/", StringComparison.Ordinal));
            var file = Path.Combine(directory.Path, name);
            if (isSecret)
            {
                await File.WriteAllTextAsync(file, Content(name));
            }

            environment.Add((name, isSecret ? file : value));
        }

        var (exitCode, output, error) = await ServerProgram.RunAsync(["--check"], [.. environment]);

        Assert.True(exitCode == 0, $"{Name}: {error}");
        Assert.DoesNotContain("a-secret-of-the-test", output, StringComparison.Ordinal);
        return JsonDocument.Parse(output).RootElement;
    }

    /// <summary>What a file of that name may hold: certificates are looked at.</summary>
    private static string Content(string name) =>
        name.EndsWith("CLIENTKEYFILE", StringComparison.Ordinal) ? Key.ExportPkcs8PrivateKeyPem()
        : name.EndsWith("CAFILE", StringComparison.Ordinal) || name.EndsWith("CERTIFICATEFILE", StringComparison.Ordinal) ? Certificate
        // A name is no secret: the report has it.
        : name.EndsWith("USER_FILE", StringComparison.Ordinal) ? "somebody\n"
        : "a-secret-of-the-test\n";

    /// <summary>The program refuses what it does not know in sections of its own only.</summary>
    private void AssertKnown(string name) => Assert.True(
        name.Contains("__", StringComparison.Ordinal) || OtherNames.Contains(name)
        || Regex.IsMatch(Usage.Text, $@"^ +{Regex.Replace(name, "_FILE$", "")} ", RegexOptions.Multiline),
        $"{Name}: --help does not name {name}");
}
