using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Upstream;

/// <summary>
/// The old broker's routes. It is asked at the address that was set alone: no proxy, no redirect leads elsewhere, and what it answers is bounded. Safe for
/// concurrent use.
/// </summary>
internal sealed class BrokerClient : IDisposable
{
    private static readonly MediaTypeHeaderValue Json = new("application/json");

    private readonly HttpClient _http;
    private readonly string _base;
    private readonly UpstreamOptions _options;
    private readonly TimeProvider _clock;

    /// <summary>Asks nobody yet.</summary>
    /// <param name="options">Settings <c>Upstream:*</c>, with a broker's address.</param>
    /// <param name="clock">Measures the timeout.</param>
    public BrokerClient(UpstreamOptions options, TimeProvider clock)
    {
        (_options, _clock) = (options, clock);
        _base = options.BrokerUrl!.AbsoluteUri.TrimEnd('/');
        var handler = DirectHttp.CreateHandler(TimeSpan.FromSeconds(10));
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(1);
        _http = new HttpClient(handler) { Timeout = Timeout.InfiniteTimeSpan };
        if (options.Token is { } token)
        {
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    /// <summary>Posts JSON; returns the number that it answers with, null when the answer is none.</summary>
    /// <exception cref="BrokerException">It did not take it.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<int?> PostAsync(string path, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var content = new ReadOnlyMemoryContent(body);
        content.Headers.ContentType = Json;
        using var request = new HttpRequestMessage(HttpMethod.Post, _base + path) { Content = content };
        request.Headers.Add(BrokerTee.Mark, "1");
        var (status, answer) = await SendAsync(request, mostBytes: 32, cancellationToken);
        return status is < HttpStatusCode.OK or >= HttpStatusCode.MultipleChoices
            ? throw new BrokerException(
                $"answered {(int)status} to {path}",
                isFinal: (int)status < 500 && status is not (HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests))
            : answer is not null && Utf8Parser.TryParse(answer, out int number, out var read) && read == answer.Length ? number
            : null;
    }

    /// <summary>Reads an answer; its body is null when it has more bytes than are to be read.</summary>
    /// <exception cref="BrokerException">It cannot be had.</exception>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<(HttpStatusCode Status, byte[]? Body)> GetAsync(string path, int mostBytes, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, _base + path);
        return await SendAsync(request, mostBytes, cancellationToken);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private async Task<(HttpStatusCode Status, byte[]? Body)> SendAsync(HttpRequestMessage request, int mostBytes, CancellationToken cancellationToken)
    {
        using var timeout = new CancellationTokenSource(_options.Timeout, _clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            // What is beyond is not read.
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            await using var body = await answer.Content.ReadAsStreamAsync(limit.Token);
            var bytes = new byte[mostBytes + 1];
            var length = await body.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, limit.Token);
            return (answer.StatusCode, length > mostBytes ? null : bytes[..length]);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new BrokerException($"cannot be asked: {e.GetBaseException().Message}", cause: e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new BrokerException($"did not answer within Upstream:Timeout = {_options.Timeout}", cause: e);
        }
    }
}
