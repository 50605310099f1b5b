using KGuardian.Analytics.Server.Options;
namespace KGuardian.Analytics.Server.Settings;

/// <summary>Where settings come from: later sources win.</summary>
internal static class Configuration
{
    private const string File = "appsettings.json";

    /// <exception cref="SettingsException">An argument or the file does not look like settings.</exception>
    public static IConfigurationRoot Read(string[] args)
    {
        // The framework ignores some arguments that it does not understand: a misspelt one must not be.
        if (args.FirstOrDefault(arg => Name(arg).Length == 0) is { } odd)
        {
            throw new SettingsException("argument", odd, "settings look like --Section:Name=value, see --help");
        }

        try
        {
            return new ConfigurationBuilder()
                .SetBasePath(AppContext.BaseDirectory)
                .AddJsonFile(File, optional: true)
                // The broker's own names, such as LISTEN_ADDR, then ours without their prefix.
                .AddEnvironmentVariables()
                .AddEnvironmentVariables("KGUARDIAN_")
                .AddCommandLine(args)
                .Build();
        }
        catch (InvalidDataException e)
        {
            throw new SettingsException(File, Path.Combine(AppContext.BaseDirectory, File), $"it must be JSON: {e.InnerException?.Message}");
        }
    }

    /// <summary>The setting that an argument <c>--name=value</c> sets; empty when it does not look like that.</summary>
    public static string Name(string arg) =>
        arg.StartsWith("--", StringComparison.Ordinal) && arg.IndexOf('=', StringComparison.Ordinal) is > 2 and var end ? arg[2..end] : "";
}
