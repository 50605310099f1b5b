using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Integrations;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>A target that takes events by POST and answers. No proxy and no redirect leads elsewhere than to the address that was checked.</summary>
internal abstract class HttpTarget : EventTarget
{
    /// <summary>An answer of some kilobytes says more than is shown.</summary>
    private const int MostAnswerBytes = 64 << 10;

    private const int LongestText = 200;

    private readonly HttpClient _http;
    private readonly X509Certificate2? _certificate;
    private readonly ArrayBufferWriter<byte> _body = new(64 << 10);

    /// <summary>A target that nothing was sent to.</summary>
    /// <param name="integration">With a URL.</param>
    /// <param name="addresses">Which addresses may be connected to.</param>
    /// <param name="path">The path when the URL has none.</param>
    protected HttpTarget(Integration integration, TargetAddresses addresses, string path)
    {
        Integration = integration;
        var url = new Uri(Connection.ServiceUrl);
        Url = url.AbsolutePath == "/" ? new Uri(url, path + url.Query) : url;
        _certificate = ConnectionCheck.CertificateOf(Connection);
        var handler = DirectHttp.CreateHandler(Patience);
        handler.ConnectCallback = async (context, token) =>
            new NetworkStream(await addresses.ConnectAsync(Connection.Host, context.DnsEndPoint.Port, SocketType.Stream, token), ownsSocket: true);
        handler.SslOptions = Tls(Connection, _certificate);
        // A name may come to mean another address.
        handler.PooledConnectionLifetime = TimeSpan.FromMinutes(1);
        _http = new HttpClient(handler) { MaxResponseContentBufferSize = MostAnswerBytes, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Whose target it is.</summary>
    protected Integration Integration { get; }

    /// <summary>How it is reached.</summary>
    protected ConnectionInfo Connection => Integration.Connection;

    /// <summary>Where events are posted to.</summary>
    protected Uri Url { get; }

    /// <inheritdoc/>
    public override async Task<string> SendAsync(EventRun run, CancellationToken cancellationToken)
    {
        _body.ResetWrittenCount();
        WriteBody(run, _body);
        var (status, text) = await PostAsync(Url, _body.WrittenMemory, cancellationToken);
        Written += _body.WrittenCount;
        await AcceptAsync(status, text, cancellationToken);
        return $"{status} {Shown(text)}".TrimEnd();
    }

    /// <inheritdoc/>
    public override ValueTask DisposeAsync()
    {
        _http.Dispose();
        _certificate?.Dispose();
        return base.DisposeAsync();
    }

    /// <summary>How TLS is spoken.</summary>
    internal static SslClientAuthenticationOptions Tls(ConnectionInfo connection, X509Certificate2? certificate)
    {
        var options = new SslClientAuthenticationOptions { CertificateChainPolicy = ConnectionCheck.TrustedOf(connection) };
        if (certificate is not null)
        {
            options.LocalCertificateSelectionCallback = (_, _, _, _, _) => certificate;
        }

        if (connection.IsInsecure)
        {
            // As its administrator says.
            options.RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null;
        }

        return options;
    }

    /// <summary>Writes a body with events.</summary>
    protected abstract void WriteBody(EventRun run, ArrayBufferWriter<byte> body);

    /// <summary>Adds what identifies us.</summary>
    protected abstract void AddHeaders(HttpRequestMessage request, ReadOnlyMemory<byte> body);

    /// <summary>Reads an answer; the default takes every 2xx for the target's word.</summary>
    /// <exception cref="TargetException">The events are not delivered.</exception>
    protected virtual Task AcceptAsync(int status, string text, CancellationToken cancellationToken)
    {
        CheckStatus(status, text);
        return Task.CompletedTask;
    }

    /// <summary>Posts a body; returns the answer's status and text.</summary>
    /// <exception cref="TargetException">There is no answer.</exception>
    protected async Task<(int Status, string Text)> PostAsync(Uri url, ReadOnlyMemory<byte> body, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        using var request = new HttpRequestMessage(HttpMethod.Post, url) { Content = new ReadOnlyMemoryContent(body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        AddHeaders(request, body);
        try
        {
            using var answer = await _http.SendAsync(request, limit.Token);
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync(limit.Token));
        }
        catch (Exception e) when (FindRefusal(e) is { } refusal)
        {
            throw new TargetException(refusal.Failure, refusal.Message, e);
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError || e.InnerException is AuthenticationException)
        {
            throw new TargetException(
                TargetFailure.Configuration, $"{url.Authority} is not trusted over TLS, or does not trust us: {e.GetBaseException().Message}", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new TargetException(TargetFailure.Transport, $"{url.Authority} did not answer: {e.GetBaseException().Message}", e);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TargetException(TargetFailure.Transport, $"{url.Authority} did not answer within {Patience}", e);
        }
    }

    /// <summary>Takes 2xx, and says of the others what they mean.</summary>
    /// <exception cref="TargetException">It is none.</exception>
    protected void CheckStatus(int status, string text)
    {
        if (status is < 200 or > 299)
        {
            var failure = status switch
            {
                StatusOf.BadRequest or StatusOf.TooLarge => TargetFailure.Refused,
                StatusOf.Timeout or StatusOf.TooMany or >= 500 => TargetFailure.Transport,
                _ => TargetFailure.Configuration,
            };
            throw new TargetException(
                failure, $"{Url.Authority} answered {status}{(status is >= 300 and < 400 ? ", and redirects are not followed" : "")} {Shown(text)}".TrimEnd());
        }
    }

    /// <summary>What a target wrote, cut, on one line.</summary>
    protected static string Shown(string text) =>
        new([.. (text.Length <= LongestText ? text : text[..LongestText] + "...").Select(c => char.IsControl(c) ? ' ' : c)]);

    private static TargetException? FindRefusal(Exception e) => e as TargetException ?? (e.InnerException is { } inner ? FindRefusal(inner) : null);

    private static class StatusOf
    {
        public const int BadRequest = (int)HttpStatusCode.BadRequest;
        public const int TooLarge = (int)HttpStatusCode.RequestEntityTooLarge;
        public const int Timeout = (int)HttpStatusCode.RequestTimeout;
        public const int TooMany = (int)HttpStatusCode.TooManyRequests;
    }
}
