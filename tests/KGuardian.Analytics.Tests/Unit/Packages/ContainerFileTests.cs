using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Tests.Unit.Packages;

/// <summary>What must hold of the container file whoever builds it; no runtime is needed.</summary>
public sealed class ContainerFileTests
{
    private static readonly string[] Instructions = Read();

    [Fact]
    public void Base_images_are_of_one_version()
    {
        var versions = Of("ARG").Where(argument => argument.Contains('=', StringComparison.Ordinal))
            .ToDictionary(
                argument => argument[..argument.IndexOf('=', StringComparison.Ordinal)],
                argument => argument[(argument.IndexOf('=', StringComparison.Ordinal) + 1)..]);
        var images = Of("FROM").Select(from => Regex.Replace(from, @"^--platform=\S+ | AS \w+$", "")).ToArray();

        Assert.Equal(4, images.Length);
        Assert.All(images, image => Assert.Matches(
            @"^[a-z.]+/\S+:\d+\.\d+\.\d+-\S+$", Regex.Replace(image, @"\$\{(\w+)\}", name => versions[name.Groups[1].Value])));
    }

    [Fact]
    public void Stages_that_build_run_on_the_builder_s_platform_and_the_last_on_the_target_s() =>
        Assert.Equal([true, true, true, false], Of("FROM").Select(from => from.StartsWith("--platform=$BUILDPLATFORM ", StringComparison.Ordinal)));

    [Fact]
    public void Program_runs_as_a_user_by_number_that_is_not_root()
    {
        Assert.Matches(@"^[1-9]\d*:[1-9]\d*$", Assert.Single(Of("USER")));
        // Nothing that it could change comes after that.
        Assert.DoesNotContain(
            Instructions.SkipWhile(line => !line.StartsWith("USER ", StringComparison.Ordinal)),
            line => line.StartsWith("COPY ", StringComparison.Ordinal) || line.StartsWith("RUN ", StringComparison.Ordinal));
    }

    [Fact]
    public void Program_and_health_check_need_no_shell()
    {
        Assert.Equal("""["/app/kguardian-analytics"]""", Assert.Single(Of("ENTRYPOINT")));
        Assert.EndsWith("""CMD ["/app/kguardian-analytics", "healthcheck"]""", Assert.Single(Of("HEALTHCHECK")), StringComparison.Ordinal);
        Assert.Equal("""["/var/lib/kguardian", "/tmp"]""", Assert.Single(Of("VOLUME")));
        Assert.Contains("KGUARDIAN_DATA_DIR=/var/lib/kguardian", Assert.Single(Of("ENV")), StringComparison.Ordinal);
    }

    [Fact]
    public void Copied_files_exist_and_are_in_the_context()
    {
        var allowed = File.ReadAllLines(Repository.At(".dockerignore")).Where(line => line.StartsWith('!')).Select(line => line[1..].TrimEnd('*')).ToArray();
        var sources = Of("COPY").Where(copy => !copy.StartsWith("--from=", StringComparison.Ordinal)).SelectMany(copy => copy.Split(' ')[..^1]).ToArray();

        Assert.NotEmpty(sources);
        Assert.All(sources, source => Assert.True(Path.Exists(Repository.At(source)), source));
        Assert.All(sources, source => Assert.Contains(allowed, source.StartsWith));
        Assert.Equal(0, Of("ADD").Count(_ => true));
    }

    [Fact]
    public void Stages_that_are_copied_from_exist()
    {
        var stages = Of("FROM").Select(from => Regex.Match(from, @" AS (\w+)$").Groups[1].Value).ToArray();

        Assert.All(
            Of("COPY").Where(copy => copy.StartsWith("--from=", StringComparison.Ordinal)),
            copy => Assert.Contains(Regex.Match(copy, @"^--from=(\w+)").Groups[1].Value, stages));
    }

    /// <summary>What the engine's build knows as platforms is what the lock file has packages of.</summary>
    [Fact]
    public void Engine_of_each_platform_is_locked()
    {
        var locked = File.ReadAllText(Repository.At("src", "clickhouse-engine", "package-lock.json"));

        Assert.All(["x64", "arm64"], platform => Assert.Contains($"node_modules/@chdb/lib-linux-{platform}-gnu", locked, StringComparison.Ordinal));
    }

    private static IEnumerable<string> Of(string instruction) =>
        Instructions.Where(line => line.StartsWith(instruction + " ", StringComparison.Ordinal)).Select(line => line[(instruction.Length + 1)..]);

    // Continued lines as one, comments left out.
    private static string[] Read() =>
        [.. Regex.Replace(
            string.Join('\n', File.ReadLines(Repository.At("deploy", "container", "Containerfile")).Where(line => !line.StartsWith('#'))), @" *\\\n *", " ")
            .Split('\n', StringSplitOptions.RemoveEmptyEntries)];
}
