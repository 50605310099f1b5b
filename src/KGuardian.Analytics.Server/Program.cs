namespace KGuardian.Analytics.Server; internal static class Program { private static void Main() { } }
