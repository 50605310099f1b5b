using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>A running server that tests share. The real events are posted before any other; their answers are kept.</summary>
public abstract class AnyServer : IAsyncLifetime
{
    /// <summary>Small, so that tests need not send 64 MiB to go over it.</summary>
    public const int MaxBodyBytes = 1 << 20;

    public ServerProcess Server { get; private set; } = null!;

    public ApiClient Api => Server.Api;

    /// <summary>What the first post of the real events answered, and the second.</summary>
    public (string First, string Second) RealAnswers { get; private set; }

    /// <summary>What <c>GET /pod/traffic</c> answered then, in both formats.</summary>
    public (string Json, string Lines) RealReads { get; private set; }

    public async ValueTask InitializeAsync()
    {
        Server = await StartAsync(("KGUARDIAN_INGEST__MAXBODYBYTES", $"{MaxBodyBytes}"));
        RealAnswers = (await PostRealAsync(), await PostRealAsync());
        RealReads = (await Api.GetTextAsync("/pod/traffic"), await Api.GetTextAsync("/pod/traffic", ("Accept", "application/x-ndjson")));
    }

    public abstract ValueTask DisposeAsync();

    /// <summary>Asks ClickHouse, past the server.</summary>
    public abstract Task<string> SqlAsync(string sql);

    protected abstract Task<ServerProcess> StartAsync((string Name, string Value) setting);

    private async Task<string> PostRealAsync()
    {
        using var answer = await ApiClient.PatientlyAsync(() => Api.PostAsync("/pod/traffic/batch", RealFlows.Json));
        return await answer.Content.ReadAsStringAsync();
    }
}
