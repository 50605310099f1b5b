using System.Diagnostics;

namespace KGuardian.Analytics.Tests.Engine;

/// <summary>Waits for what has no signal of its own, such as another process's state: asks again until it is so.</summary>
internal static class Eventually
{
    /// <summary>Far above any wait on a busy machine: it only bounds a failing test.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(90);

    public static Task TrueAsync(Func<bool> condition) => TrueAsync(() => Task.FromResult(condition()));

    public static async Task TrueAsync(Func<Task<bool>> condition)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, $"It did not become so within {Patience}.");
            await Task.Delay(10);
        }
    }
}
