using System.Net;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Api;

/// <summary>A body without a length, sent in pieces.</summary>
internal sealed class ChunkedContent : HttpContent
{
    private readonly byte[] _body;
    private readonly int _piece;

    public ChunkedContent(byte[] body, int piece)
    {
        _body = body;
        _piece = piece;
        Headers.TryAddWithoutValidation("Content-Type", "application/json");
    }

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
    {
        for (var at = 0; at < _body.Length; at += _piece)
        {
            await stream.WriteAsync(_body.AsMemory(at, Math.Min(_piece, _body.Length - at)));
            await stream.FlushAsync();
        }
    }

    protected override bool TryComputeLength(out long length)
    {
        length = 0;
        return false;
    }
}
