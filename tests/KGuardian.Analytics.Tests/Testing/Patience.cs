using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace KGuardian.Analytics.Tests.Testing;

/// <summary>Waits for what has no signal of its own, such as another process's state: asks again until it is so.</summary>
internal static class Patience
{
    /// <summary>Far above any wait on a busy machine of two cores: it only bounds a failing test.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(90);

    /// <summary>Asks until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It never was.</exception>
    public static async Task UntilAsync(string what, Func<Task<bool>> isSo)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await isSo())
        {
            if (Stopwatch.GetElapsedTime(started) > Limit)
            {
                throw new TimeoutException($"Not within {Limit}: {what}");
            }

            await Task.Delay(10);
        }
    }

    /// <summary>Asks until the answer is yes.</summary>
    /// <exception cref="TimeoutException">It never was.</exception>
    public static Task UntilAsync(string what, Func<bool> isSo) => UntilAsync(what, () => Task.FromResult(isSo()));

    /// <summary>Asks until the answer is yes; a failure shows the question.</summary>
    /// <exception cref="TimeoutException">It never was.</exception>
    public static Task UntilAsync(Func<Task<bool>> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "") => UntilAsync(what, isSo);

    /// <summary>Asks until the answer is yes; a failure shows the question.</summary>
    /// <exception cref="TimeoutException">It never was.</exception>
    public static Task UntilAsync(Func<bool> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "") => UntilAsync(what, isSo);
}
