using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>What "dotnet publish" makes of the server that was built with the tests; the engine is a hard link.</summary>
public sealed class PublishedServer : IAsyncLifetime
{
    public const string Collection = "published server";

    private readonly TestDirectory _directory = new();

    /// <summary>The program with its engine.</summary>
    public string Path => System.IO.Path.Combine(_directory.Path, "published");

    /// <summary>The program alone: quicker to pack.</summary>
    public string WithoutEngine => System.IO.Path.Combine(_directory.Path, "without-engine");

    public async ValueTask InitializeAsync()
    {
        var configuration = AppContext.BaseDirectory.Contains("/Debug/", StringComparison.Ordinal) ? "Debug" : "Release";
        await Command.RunAsync(
            "dotnet", "publish", Repository.At("src", "KGuardian.Analytics.Server"), "--configuration", configuration,
            "--no-build", "--disable-build-servers", "--output", Path);
        // Readable for others than who runs the tests, as it is once installed.
        await Command.RunAsync("chmod", "0755", _directory.Path);
        Directory.CreateDirectory(WithoutEngine);
        foreach (var file in Directory.GetFiles(Path).Where(file => !file.EndsWith("libchdb.so", StringComparison.Ordinal)))
        {
            File.Copy(file, System.IO.Path.Combine(WithoutEngine, System.IO.Path.GetFileName(file)));
        }
    }

    public ValueTask DisposeAsync()
    {
        _directory.Dispose();
        return ValueTask.CompletedTask;
    }
}

/// <summary>Tests that pack or run the published server.</summary>
[CollectionDefinition(PublishedServer.Collection)]
public sealed class OnPublishedServer : ICollectionFixture<PublishedServer>;
