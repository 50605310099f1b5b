namespace KGuardian.Analytics.Tests.Testing;

/// <summary>A temporary directory, gone when disposed.</summary>
internal sealed class TestDirectory : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("kguardian-test-").FullName;

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
