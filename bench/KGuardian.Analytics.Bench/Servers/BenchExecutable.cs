namespace KGuardian.Analytics.Bench.Servers;

/// <summary>This program itself, for the servers it starts as processes of their own.</summary>
internal static class BenchExecutable
{
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, typeof(BenchExecutable).Assembly.GetName().Name!);
}
