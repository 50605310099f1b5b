using KGuardian.Analytics.Engine;

namespace KGuardian.Analytics.Server;

internal static class Program
{
    private static int Main(string[] args)
    {
        if (args is [NodeProcess.Verb, ..])
            return NodeProcess.Run(args[1..]);
        return 0;
    }
}
