namespace KGuardian.Analytics.Bench; internal static class Program { private static void Main() { } }
