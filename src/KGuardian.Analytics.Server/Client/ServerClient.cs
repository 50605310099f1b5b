using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Server.Client;

/// <summary>Asks a running server.</summary>
internal sealed class ServerClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly HttpClient _http;

    public ServerClient(Uri address, string? token)
    {
        _http = new HttpClient(DirectHttp.CreateHandler(TimeSpan.FromSeconds(5))) { BaseAddress = address, Timeout = Patience };
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public Uri Address => _http.BaseAddress!;

    /// <summary>An answer that is JSON.</summary>
    /// <exception cref="CommandException">The server refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>The answer to something that was posted.</summary>
    /// <exception cref="CommandException">The server refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public Task<JsonElement> PostAsync(string path, object body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, JsonContent.Create(body), cancellationToken);

    /// <summary>The answer to a body of another type than JSON.</summary>
    /// <exception cref="CommandException">The server refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public Task<JsonElement> PostContentAsync(string path, HttpContent content, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Post, path, content, cancellationToken);

    /// <summary>An answer of a type, as it is.</summary>
    /// <exception cref="CommandException">The server refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public async Task<string> GetTextAsync(string path, string type, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Accept.ParseAdd(type);
        using var answer = await _http.SendAsync(request, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode ? text : throw Refused(answer.StatusCode, text);
    }

    /// <summary>Any answer to something that was posted, as it is.</summary>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">It did not answer in time, or the token says so.</exception>
    public async Task<ServerAnswer> TryPostAsync(string path, HttpContent content, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsync(path, content, cancellationToken);
        return new(answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken), answer.Headers.RetryAfter?.Delta);
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        try
        {
            using var answer = await _http.SendAsync(request, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : throw Refused(answer.StatusCode, text);
        }
        catch (JsonException e)
        {
            throw new CommandException($"{Address} is no server of this program's, or an older one: {e.Message}");
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new CommandException($"{Address} did not answer within {Patience.TotalSeconds:0} s");
        }
    }

    /// <summary>What a refusal says, for whoever typed the command.</summary>
    internal Exception Refused(HttpStatusCode status, string text) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new UsageException(
            $"{Address} needs a token with the role that this takes: "
            + "name a file with one by --token-file, in KGUARDIAN_TOKEN or in ~/.config/kguardian/config, "
            + "or set BROKER_AUTH_TOKEN or Auth:AdminTokenFile as the server has it"),
        HttpStatusCode.BadRequest => new UsageException(Detail(text)),
        HttpStatusCode.NotFound => new CommandException($"{Address} is no server of this program's, or an older one"),
        _ => new CommandException($"{Address} answered {(int)status}: {Detail(text)}"),
    };

    private static string Detail(string problem)
    {
        try
        {
            return JsonDocument.Parse(problem).RootElement.TryGetProperty("detail", out var detail) ? detail.GetString()! : problem;
        }
        catch (JsonException)
        {
            // Not ours: a proxy's page, say. It is shown as it is.
            return problem;
        }
    }
}

/// <summary>An answer of a server.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Text">Its body.</param>
/// <param name="RetryAfter">When to come again, if it says so.</param>
internal sealed record ServerAnswer(HttpStatusCode Status, string Text, TimeSpan? RetryAfter);
