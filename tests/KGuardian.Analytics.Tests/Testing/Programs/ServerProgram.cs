using System.Diagnostics;

namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>The real program, built beside the tests.</summary>
internal static class ServerProgram
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "kguardian-analytics");

    /// <summary>How to start it, with nothing of this process's settings.</summary>
    public static ProcessStartInfo Command(IEnumerable<string> args, IEnumerable<(string Name, string Value)> environment)
    {
        var start = new ProcessStartInfo(Path, args)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var name in start.Environment.Keys.Where(IsSetting).ToArray())
        {
            start.Environment.Remove(name);
        }

        foreach (var (name, value) in environment)
        {
            start.Environment[name] = value;
        }
        // Without diagnostics a killed process leaves no socket behind in the temporary directory.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        // .NET's own default, 100 ms: hundreds of servers live for seconds here, too short to earn what compiling for speed costs.
        start.Environment["DOTNET_TC_CallCountingDelayMs"] = "64";
        return start;
    }

    /// <summary>Runs it to its end, which is to come by itself.</summary>
    public static async Task<(int ExitCode, string Output, string Error)> RunAsync(
        IEnumerable<string> args, params (string Name, string Value)[] environment)
    {
        using var process = Process.Start(Command(args, environment))!;
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        try
        {
            await process.WaitForExitAsync().WaitAsync(Patience.Limit);
            return (process.ExitCode, await output, await error);
        }
        finally
        {
            process.Kill();
        }
    }

    private static bool IsSetting(string name) =>
        name.StartsWith("KGUARDIAN", StringComparison.OrdinalIgnoreCase) || name.StartsWith("BROKER", StringComparison.OrdinalIgnoreCase)
        || name is "LISTEN_ADDR" or "CHART_VERSION" or "AUDIT_INFLIGHT_PERMITS" or "EVALUATOR_URL" || name.Contains("__", StringComparison.Ordinal);
}
