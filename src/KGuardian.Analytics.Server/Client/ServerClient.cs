using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Server.Client;

/// <summary>Asks a running server.</summary>
internal sealed class ServerClient : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>How often a question is asked that a busy server, or one that begins, puts off; what changes something is asked once.</summary>
    private const int Attempts = 4;

    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    /// <param name="address">The server's; below a path where a proxy has it there.</param>
    /// <param name="token">What it is shown; null for nothing.</param>
    /// <param name="tls">How it is checked.</param>
    /// <exception cref="UsageException">A file of <paramref name="tls"/> cannot be used.</exception>
    public ServerClient(Uri address, string? token, ClientTls tls)
    {
        var handler = DirectHttp.CreateHandler(TimeSpan.FromSeconds(5));
        handler.SslOptions = tls.Options();
        _http = new HttpClient(handler) { Timeout = Patience };
        Address = address;
        if (token is not null)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public Uri Address { get; }

    /// <summary>An answer that is JSON.</summary>
    /// <exception cref="CommandException">The server refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public Task<JsonElement> GetAsync(string path, CancellationToken cancellationToken) => SendAsync(HttpMethod.Get, path, null, cancellationToken);

    /// <summary>The answer to something that is put there.</summary>
    /// <exception cref="CommandException">The server refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public Task<JsonElement> PutAsync(string path, object body, CancellationToken cancellationToken) =>
        SendAsync(HttpMethod.Put, path, JsonContent.Create(body), cancellationToken);

    /// <summary>An answer that is read as it comes, and once only: who is cut off has to know how to go on. To be disposed.</summary>
    /// <param name="path">Route and query.</param>
    /// <param name="lastEventId">Behind which event a stream of events goes on; null for none.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">The server refused.</exception>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    public async Task<HttpResponseMessage> OpenAsync(string path, string? lastEventId, CancellationToken cancellationToken)
    {
        Action<HttpRequestMessage>? prepare = lastEventId is null ? null : request => request.Headers.TryAddWithoutValidation("Last-Event-ID", lastEventId);
        var answer = await AskAsync(HttpMethod.Get, path, null, prepare, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
        if (answer.IsSuccessStatusCode)
        {
            return answer;
        }

        using (answer)
        {
            throw Refused(answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken));
        }
    }

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
        using var answer = await AskAsync(
            HttpMethod.Get, path, null, request => request.Headers.Accept.ParseAdd(type), HttpCompletionOption.ResponseContentRead, cancellationToken);
        var text = await answer.Content.ReadAsStringAsync(cancellationToken);
        return answer.IsSuccessStatusCode ? text : throw Refused(answer.StatusCode, text);
    }

    /// <summary>Any answer to something that was posted, as it is.</summary>
    /// <exception cref="HttpRequestException">It cannot be reached.</exception>
    /// <exception cref="OperationCanceledException">It did not answer in time, or the token says so.</exception>
    public async Task<ServerAnswer> TryPostAsync(string path, HttpContent content, CancellationToken cancellationToken)
    {
        using var answer = await _http.PostAsync(At(path), content, cancellationToken);
        return new(answer.StatusCode, await answer.Content.ReadAsStringAsync(cancellationToken), answer.Headers.RetryAfter?.Delta);
    }

    public void Dispose() => _http.Dispose();

    private async Task<JsonElement> SendAsync(HttpMethod method, string path, HttpContent? content, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await AskAsync(method, path, content, null, HttpCompletionOption.ResponseContentRead, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            return answer.IsSuccessStatusCode ? JsonDocument.Parse(text).RootElement : throw Refused(answer.StatusCode, text);
        }
        catch (JsonException e)
        {
            throw new CommandException($"{Address} is no server of this program's, or an older one: {e.Message}");
        }
    }

    /// <summary>Asks, and again while the server says that it is busy and nothing is changed by it.</summary>
    private async Task<HttpResponseMessage> AskAsync(
        HttpMethod method, string path, HttpContent? content, Action<HttpRequestMessage>? prepare, HttpCompletionOption until,
        CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            using var request = new HttpRequestMessage(method, At(path)) { Content = content };
            prepare?.Invoke(request);
            HttpResponseMessage answer;
            try
            {
                answer = await _http.SendAsync(request, until, cancellationToken);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw new CommandException($"{Address} did not answer within {Patience.TotalSeconds:0} s", isTemporary: true);
            }

            var isBusy = answer.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable;
            if (!isBusy || method != HttpMethod.Get || attempt == Attempts)
            {
                return answer;
            }

            var pause = answer.Headers.RetryAfter?.Delta ?? TimeSpan.FromMilliseconds(200 << attempt);
            answer.Dispose();
            await Task.Delay(pause < LongestPause ? pause : LongestPause, cancellationToken);
        }
    }

    private Uri At(string path) => new(Address.AbsoluteUri.TrimEnd('/') + path);

    /// <summary>What a refusal says, for whoever typed the command.</summary>
    internal Exception Refused(HttpStatusCode status, string text) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => new UsageException(
            $"{Address} needs a token with the role that this takes: "
            + "name a file with one by --token-file, in KGUARDIAN_TOKEN or in ~/.config/kguardian/config, "
            + "or set BROKER_AUTH_TOKEN or Auth:AdminTokenFile as the server has it"),
        HttpStatusCode.BadRequest => new UsageException(Detail(text)),
        HttpStatusCode.NotFound => new CommandException($"{Address} is no server of this program's, or an older one"),
        _ => new CommandException(
            $"{Address} answered {(int)status}: {Detail(text)}",
            isTemporary: status is HttpStatusCode.TooManyRequests or >= HttpStatusCode.InternalServerError),
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
