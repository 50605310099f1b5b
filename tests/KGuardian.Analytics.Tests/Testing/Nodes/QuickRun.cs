namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>Holds <c>tests/run.sh --quick</c> to its word: a test that it took for one without processes, and that starts one, fails.</summary>
internal static class QuickRun
{
    /// <exception cref="InvalidOperationException">This is a quick run.</exception>
    public static void Refuse(string process)
    {
        if (Environment.GetEnvironmentVariable("KGUARDIAN_QUICK") == "1")
        {
            throw new InvalidOperationException($"A test of the quick run starts {process}: tests/quick.sh did not see that it would.");
        }
    }
}
