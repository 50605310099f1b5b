using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Export;

/// <summary>Gets a part from the server: again from its begin when the answer breaks off, for as long as there is patience.</summary>
/// <param name="server">The server.</param>
/// <param name="format">How rows are written.</param>
/// <param name="fields">Columns; null for those of an event.</param>
/// <param name="pipe">What becomes of the rows.</param>
/// <param name="patience">How long the server may be away.</param>
/// <param name="say">Told, once each time, that it is waited for.</param>
internal sealed class PartFetcher(
    ServerClient server, ExportFormat format, string? fields, RowPipe pipe, TimeSpan patience, Action<string> say)
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>A server that is there writes; ClickHouse gathers large blocks for the binary formats.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    private readonly TimeProvider _clock = TimeProvider.System;

    /// <summary>Writes a part into a file, which is synced.</summary>
    /// <param name="from">Begin of its time.</param>
    /// <param name="to">Its end.</param>
    /// <param name="filter">Which flows of it; null for all.</param>
    /// <param name="path">The file.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">The server refuses, or was away for too long.</exception>
    public async Task<FetchedPart> ToFileAsync(DateTime from, DateTime to, string? filter, string path, CancellationToken cancellationToken)
    {
        var (since, pause) = ((long?)null, FirstPause);
        while (true)
        {
            try
            {
                await using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Read, 128 << 10);
                var part = await ToAsync(from, to, filter, file, cancellationToken);
                file.Flush(flushToDisk: true);
                if (part.Rows is null)
                {
                    file.Seek(0, SeekOrigin.Begin);
                    part = part with { Rows = RowCounts.Of(format, file) };
                }

                return part;
            }
            catch (Exception e) when (e is HttpRequestException or CommandException { IsTemporary: true })
            {
                since ??= Wait(e);
                if (_clock.GetElapsedTime(since.Value) > patience)
                {
                    throw new CommandException(
                        $"{e.Message}, for more than {patience.TotalSeconds:0} s; into a directory or a bucket the same command goes on where this one ends");
                }
            }

            await Task.Delay(pause, _clock, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    /// <summary>Writes a part, once: what was written cannot be taken back.</summary>
    /// <exception cref="CommandException">The server refuses, or the answer broke off.</exception>
    public async Task<FetchedPart> ToAsync(DateTime from, DateTime to, string? filter, Stream target, CancellationToken cancellationToken)
    {
        var began = _clock.GetTimestamp();
        var columns = fields is null ? "" : $"&fields={Uri.EscapeDataString(fields)}";
        var query = $"{ExportWindow.Query(from, to, filter)}&order=asc&format={format.Asked}{columns}";
        using var answer = await server.OpenAsync($"/api/v1/flows?{query}", null, cancellationToken);
        // The server read what was acknowledged before it began to answer, and says when that was in whole seconds.
        var asOf = (answer.Headers.Date ?? _clock.GetUtcNow()) - _clock.GetElapsedTime(began) - TimeSpan.FromSeconds(1);
        await using var body = new AnswerStream(await answer.Content.ReadAsStreamAsync(cancellationToken), Silence);
        using var part = new PartWriter(target);
        var rows = await pipe.CopyAsync(body, part, cancellationToken);
        return new FetchedPart(rows, part.Bytes, part.Sha256(), asOf.UtcDateTime);
    }

    private long Wait(Exception problem)
    {
        say($"{problem.Message}; waiting for {server.Address}");
        return _clock.GetTimestamp();
    }
}

/// <summary>A part as it came.</summary>
/// <param name="Rows">Flows; null where only the file says it.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">Its hash, hexadecimal.</param>
/// <param name="AsOf">What had been acknowledged by then is in it, by the server's clock.</param>
internal sealed record FetchedPart(long? Rows, long Bytes, string Sha256, DateTime AsOf);
