namespace KGuardian.Analytics.Tests.Testing.Network;

/// <summary>Sends requests on and keeps what they were.</summary>
internal sealed class RequestRecorder() : DelegatingHandler(new SocketsHttpHandler { UseProxy = false })
{
    public List<(Uri Address, byte[] BodyBytes, string? ContentEncoding)> Requests { get; } = [];

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = await request.Content!.ReadAsByteArrayAsync(cancellationToken);
        Requests.Add((request.RequestUri!, body, request.Content.Headers.ContentEncoding.SingleOrDefault()));
        return await base.SendAsync(request, cancellationToken);
    }
}
