namespace KGuardian.Analytics.Server.Auth;

/// <summary>A token that is taken, without itself.</summary>
/// <param name="Name">What limits, audit log and <c>whoami</c> call it: its roles and a short hash.</param>
/// <param name="Roles">What it may do.</param>
/// <param name="Settings">The settings that name it, or its file.</param>
/// <param name="Usage">When it was used.</param>
internal sealed record KnownToken(string Name, TokenRole Roles, IReadOnlyList<string> Settings, TokenUsage Usage);

/// <summary>When a token was used, on this server since its start; written with each request that carries it.</summary>
internal sealed class TokenUsage
{
    private long _ticks;

    /// <summary>The last time; null for never.</summary>
    public DateTimeOffset? Last
    {
        get => Volatile.Read(ref _ticks) is > 0 and var ticks ? new DateTimeOffset(ticks, TimeSpan.Zero) : null;
        set => Volatile.Write(ref _ticks, value?.UtcTicks ?? 0);
    }
}
