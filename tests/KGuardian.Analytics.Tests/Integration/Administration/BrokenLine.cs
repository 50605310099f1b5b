namespace KGuardian.Analytics.Tests.Integration.Administration;

/// <summary>A connection that can be cut before a request or after it was carried out.</summary>
internal sealed class BrokenLine() : DelegatingHandler(new SocketsHttpHandler())
{
    public bool CutBefore { get; set; }

    public bool CutAfter { get; set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (CutBefore)
        {
            throw new HttpRequestException(HttpRequestError.ConnectionError);
        }

        var answer = await base.SendAsync(request, cancellationToken);
        if (!CutAfter)
        {
            return answer;
        }

        await answer.Content.ReadAsByteArrayAsync(cancellationToken);
        answer.Dispose();
        throw new HttpRequestException(HttpRequestError.ResponseEnded);
    }
}
