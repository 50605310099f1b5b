namespace KGuardian.Analytics.Tests.Faults;

/// <summary>A test that mounts a file system; skipped, with the reason, where that is not allowed.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class MountFactAttribute : FactAttribute
{
    public MountFactAttribute() => Skip = MountedDisk.Unavailable;
}
