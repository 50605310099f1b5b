using System.IO.Compression;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>A file of flows, or standard input: what it is is told by its first bytes.</summary>
internal static class FlowFile
{
    private const int Peeked = 4096;

    /// <summary>What bytes that are no UTF-8 are read as.</summary>
    private const char NoCharacter = '\uFFFD';

    /// <summary>Its rows, each with the line where it begins (its number, in a JSON array), or why it cannot be read.</summary>
    /// <param name="path">The file; <c>-</c> for standard input.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">The file is damaged, or of another kind.</exception>
    public static async IAsyncEnumerable<(long Line, SourceRow Row, RejectedSource? Fault)> ReadAsync(
        string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        await using var stream = await UnpackAsync(new PeekStream(file), path, cancellationToken);
        var first = Encoding.UTF8.GetString(await stream.PeekAsync(Peeked, cancellationToken)).TrimStart('\uFEFF').TrimStart();
        var rows = first.StartsWith('[') ? ArrayAsync(stream, cancellationToken)
            : first.StartsWith('{') ? LinesAsync(stream, cancellationToken) : CsvAsync(stream, cancellationToken);
        await using var each = rows.GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(each, path))
        {
            yield return each.Current;
        }
    }

    /// <summary>What breaks off in the middle is the whole import's failure: it goes on when the file is mended.</summary>
    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<(long, SourceRow, RejectedSource?)> rows, string path)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (Exception e) when (e is InvalidDataException or JsonException)
        {
            throw new CommandException($"{path} cannot be read to its end: {e.Message}");
        }
    }

    private static async Task<PeekStream> UnpackAsync(PeekStream stream, string path, CancellationToken cancellationToken)
    {
        var magic = await stream.PeekAsync(4, cancellationToken);
        return magic switch
        {
            [0x1F, 0x8B, ..] => new PeekStream(new GZipStream(stream, CompressionMode.Decompress)),
            [0x28, 0xB5, 0x2F, 0xFD] => throw new CommandException($"{path} is packed with zstd: zstd -dc {path} | kguardian-analytics import -"),
            _ => stream,
        };
    }

    private static async IAsyncEnumerable<(long, SourceRow, RejectedSource?)> ArrayAsync(
        Stream stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long number = 0;
        await foreach (var element in JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream, cancellationToken: cancellationToken))
        {
            number++;
            yield return element.ValueKind == JsonValueKind.Object
                ? (number, new SourceRow(element), null) : (number, default, new(number, "", "no JSON object", element.GetRawText()));
        }
    }

    private static async IAsyncEnumerable<(long, SourceRow, RejectedSource?)> LinesAsync(
        Stream stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        for (long line = 1; await reader.ReadLineAsync(cancellationToken) is { } text; line++)
        {
            text = text.TrimStart('\uFEFF').Trim();
            if (text.Length > 0)
            {
                yield return Parse(line, text);
            }
        }
    }

    private static (long, SourceRow, RejectedSource?) Parse(long line, string text)
    {
        if (text.Contains(NoCharacter, StringComparison.Ordinal))
        {
            return (line, default, new(line, "", "invalid_utf8", text));
        }

        try
        {
            // Its own copy, which nobody has to give back.
            var element = JsonElement.Parse(text);
            return element.ValueKind == JsonValueKind.Object
                ? (line, new SourceRow(element), null) : (line, default, new(line, "", "no JSON object", text));
        }
        catch (JsonException e)
        {
            return (line, default, new(line, "", $"no JSON: {e.Message}", RejectFile.Show(Encoding.UTF8.GetBytes(text))));
        }
    }

    private static async IAsyncEnumerable<(long, SourceRow, RejectedSource?)> CsvAsync(
        Stream stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8);
        var lines = new CsvLines(reader);
        var header = lines.Read() ?? [];
        while (lines.Read() is { } cells)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return cells.Exists(cell => cell.Contains(NoCharacter, StringComparison.Ordinal))
                ? (lines.Line, default, new(lines.Line, "", "invalid_utf8", string.Join(',', cells)))
                : cells.Count == header.Count
                ? (lines.Line, new SourceRow(header.Zip(cells).DistinctBy(pair => pair.First).ToDictionary(pair => pair.First, pair => pair.Second)), null)
                : (lines.Line, default, new(lines.Line, "", $"{cells.Count} cells under {header.Count} names", string.Join(',', cells)));
            await Task.CompletedTask;
        }
    }
}
