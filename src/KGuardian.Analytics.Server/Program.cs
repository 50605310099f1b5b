using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Server;
using KGuardian.Analytics.Server.Settings;

if (args is [NodeProcess.Verb, ..])
{
    return NodeProcess.Run(args[1..]);
}

if (args is [HealthCheck.Verb, ..])
{
    return await HealthCheck.RunAsync(args[1..]);
}

if (args is ["--help" or "-h" or "help", ..])
{
    Console.Out.Write(Usage.Text);
    return 0;
}

string[] settingArguments = [.. args.Where(arg => arg != "--check")];
try
{
    var configuration = Configuration.Read(settingArguments);
    var settings = SettingsReader.Read(configuration, settingArguments.Select(Configuration.Name));
    if (args.Contains("--check"))
    {
        Console.Out.Write(SettingsReport.Describe(settings));
        return 0;
    }

    return await AnalyticsServer.RunAsync(settings, configuration);
}
catch (Exception e) when (e is SettingsException or LocalNodeException or IOException or UnauthorizedAccessException)
{
    // The last two: a data directory that cannot be written, an address that is taken. Their texts name it.
    await Console.Error.WriteLineAsync($"kguardian-analytics: {e.Message}");
    return e is SettingsException ? 2 : 1;
}
