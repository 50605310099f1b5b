namespace KGuardian.Analytics.Server.Settings;

/// <summary>Where settings come from: later sources win.</summary>
internal static class Configuration
{
    public static IConfigurationRoot Read(string[] args) =>
        new ConfigurationBuilder()
            .SetBasePath(AppContext.BaseDirectory)
            .AddJsonFile("appsettings.json", optional: true)
            // The broker's own names, such as LISTEN_ADDR, then ours without their prefix.
            .AddEnvironmentVariables()
            .AddEnvironmentVariables("KGUARDIAN_")
            .AddCommandLine(args)
            .Build();
}
