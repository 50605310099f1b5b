using System.Diagnostics;

namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>Programs of the machine.</summary>
internal static class Command
{
    /// <summary>Whether the machine has a program.</summary>
    public static bool Exists(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Any(folder => File.Exists(Path.Combine(folder, name)));

    /// <summary>Runs a program that is to end well; returns what it wrote.</summary>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var (exitCode, output) = await TryAsync([], program, arguments);
        Assert.True(exitCode == 0, $"{program} {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
        return output;
    }

    /// <summary>Runs a program to its end; returns what it wrote, errors included.</summary>
    public static async Task<(int ExitCode, string Output)> TryAsync((string Name, string Value)[] environment, string program, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Repository.Root,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }

        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        try
        {
            var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            await process.WaitForExitAsync().WaitAsync(4 * Patience.Limit);
            // What it may have left running has the pipes, too.
            return (process.ExitCode, await output.WaitAsync(Patience.Limit) + await error.WaitAsync(Patience.Limit));
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
