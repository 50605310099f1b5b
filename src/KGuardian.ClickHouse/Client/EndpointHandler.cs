using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.ClickHouse.Client;

/// <summary>
/// What lies between the driver and the network: sends each statement to the address that is used, and to the next one only when it certainly
/// was not carried out, because there was no connection. Every failure leaves it as a <see cref="ClickHouseException"/>, a late one as well,
/// and a statement that nobody waits for any more is ended.
/// </summary>
/// <param name="pool">The addresses.</param>
/// <param name="options">How they are spoken to.</param>
/// <param name="kill">Ends a statement by its id, where it runs.</param>
/// <param name="transport">Sends requests.</param>
internal sealed class EndpointHandler(
    EndpointPool pool, ClickHouseClientOptions options, Func<EndpointState, string, Task> kill, HttpMessageHandler transport) : DelegatingHandler(transport)
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var statement = Statement.Current;
        statement.Table?.AddTo(request);
        if (statement.Only is { } only)
        {
            return await SendToAsync(only, request, statement, cancellationToken);
        }

        for (var others = pool.All.Count - 1; ; others--)
        {
            var at = pool.Current;
            try
            {
                var response = await SendToAsync(at, request, statement, cancellationToken);
                if (at.HasFailed)
                {
                    pool.Restore(at);
                }

                return response;
            }
            catch (ClickHouseException e) when (e.Failure == ClickHouseFailure.NotSent || e.Code == ClickHouseErrorCodes.TableIsReadOnly)
            {
                // Only what was not sent is repeated here: a refused insert's data may be written once.
                if (!pool.Leave(at, e.Text) || others == 0 || e.Failure != ClickHouseFailure.NotSent)
                {
                    throw;
                }
            }
        }
    }

    private async Task<HttpResponseMessage> SendToAsync(
        EndpointState at, HttpRequestMessage request, Statement statement, CancellationToken cancellationToken)
    {
        // The driver names one address and one user for ever.
        request.RequestUri = new Uri(at.Endpoint.Url, request.RequestUri!.PathAndQuery);
        request.Headers.Authorization = at.Authorization;
        // Also the name that the handshake asks for and checks.
        request.Headers.Host = at.Endpoint.Url.Scheme == Uri.UriSchemeHttps ? options.TlsServerName : null;
        var response = await ConnectAsync(at, request, statement, cancellationToken);
        if (!response.IsSuccessStatusCode)
        {
            using (response)
            {
                throw await ClickHouseErrorText.ReadAsync(response, statement.QueryId, cancellationToken);
            }
        }

        var tag = response.Headers.TryGetValues("X-ClickHouse-Exception-Tag", out var tags) ? tags.First() : null;
        var body = new LateErrorStream(await response.Content.ReadAsStreamAsync(cancellationToken), tag, statement.QueryId);
        response.Content = new AnswerContent(response.Content, body);
        statement.Answered(at, body);
        if (statement.IsBuffered)
        {
            await TakeInAsync(response, statement, cancellationToken);
        }

        return response;
    }

    /// <summary>Sends the request and waits for the answer's head.</summary>
    private async Task<HttpResponseMessage> ConnectAsync(
        EndpointState at, HttpRequestMessage request, Statement statement, CancellationToken cancellationToken)
    {
        // ClickHouse ends the statement at its limit and says so. One that says nothing is frozen, or behind a broken network, and a
        // connection to it never ends by itself.
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(statement.Patience);
        try
        {
            return await base.SendAsync(request, limit.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            if (statement.KillWhenAbandoned)
            {
                await kill(at, statement.QueryId);
            }

            throw;
        }
        catch (HttpRequestException e)
        {
            throw new ClickHouseException(
                NeverConnected(e) ? ClickHouseFailure.NotSent : ClickHouseFailure.Unknown, 0,
                ClickHouseTls.Explain(e, at.Endpoint.Url, options), statement.QueryId, e);
        }
        catch (IOException e)
        {
            throw new ClickHouseException(ClickHouseFailure.Unknown, 0, e.Message, statement.QueryId, e);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested)
        {
            throw new ClickHouseException(ClickHouseFailure.Unknown, 0, $"no answer within {statement.Patience}", statement.QueryId, e);
        }
        catch (OperationCanceledException e)
        {
            // SocketsHttpHandler reports its connect timeout as a cancellation.
            throw new ClickHouseException(ClickHouseFailure.NotSent, 0, $"no connection within {options.ConnectTimeout}", statement.QueryId, e);
        }
    }

    /// <summary>The driver reads rows synchronously: taken in first, none of its reads holds a thread that waits for the network.</summary>
    private async Task TakeInAsync(HttpResponseMessage response, Statement statement, CancellationToken cancellationToken)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(cancellationToken);
        }
        catch
        {
            response.Dispose();
            if (!statement.Body!.Ended && statement.KillWhenAbandoned)
            {
                await kill(statement.At!, statement.QueryId);
            }

            throw;
        }
    }

    private static bool NeverConnected(HttpRequestException e) => e.HttpRequestError is
        HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError
        or HttpRequestError.ProxyTunnelError;
}
