using System.IO.Compression;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Ingest.Arrow;
using KGuardian.Analytics.Server.Client;
using ZstdSharp;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>A file of flows, or standard input: what it is is told by its first bytes.</summary>
internal static class FlowFile
{
    private const int Peeked = 4096;

    /// <summary>
    /// Bytes of an element of an array. Its reader holds it whole, and reads ahead by as much as it holds already: twice the longest row of four bytes a
    /// character.
    /// </summary>
    private const long MostOfElement = 2 * 4L * LineReader.Longest;

    /// <summary>What bytes that are no UTF-8 are read as.</summary>
    public const char NoCharacter = '\uFFFD';

    /// <summary>Its rows, each with the line where it begins (its number, in a JSON array), or why it cannot be read.</summary>
    /// <param name="path">The file; <c>-</c> for standard input.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <exception cref="CommandException">The file is damaged, or of another kind.</exception>
    public static async IAsyncEnumerable<(long Line, SourceRow Row, RejectedSource? Fault)> ReadAsync(
        string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var each = OpenAsync(path, cancellationToken).GetAsyncEnumerator(cancellationToken);
        while (await NextAsync(each, path))
        {
            yield return each.Current;
        }
    }

    private static async IAsyncEnumerable<(long, SourceRow, RejectedSource?)> OpenAsync(
        string path, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var file = path == "-" ? Console.OpenStandardInput() : File.OpenRead(path);
        await using var stream = await UnpackAsync(new PeekStream(file), cancellationToken);
        await foreach (var row in RowsOf(await stream.PeekAsync(Peeked, cancellationToken), stream, file, path, cancellationToken))
        {
            yield return row;
        }
    }

    /// <summary>What breaks off in the middle is the whole import's failure: it goes on when the file is mended.</summary>
    private static async ValueTask<bool> NextAsync(IAsyncEnumerator<(long, SourceRow, RejectedSource?)> rows, string path)
    {
        try
        {
            return await rows.MoveNextAsync();
        }
        catch (Exception e) when (e is InvalidDataException or JsonException or EndOfStreamException or ZstdException or NotArrowException)
        {
            throw new CommandException($"{path} cannot be read to its end: {e.Message}");
        }
    }

    private static async Task<PeekStream> UnpackAsync(PeekStream stream, CancellationToken cancellationToken)
    {
        var magic = await stream.PeekAsync(4, cancellationToken);
        return magic switch
        {
            [0x1F, 0x8B, ..] => new PeekStream(new GZipStream(stream, CompressionMode.Decompress)),
            [0x28, 0xB5, 0x2F, 0xFD] => new PeekStream(new DecompressionStream(stream, leaveOpen: false)),
            _ => stream,
        };
    }

    private static IAsyncEnumerable<(long, SourceRow, RejectedSource?)> RowsOf(
        ReadOnlySpan<byte> begin, PeekStream stream, Stream file, string path, CancellationToken cancellationToken)
    {
        if (begin.StartsWith("PAR1"u8))
        {
            // Who begins to read it has to know its end; a file was read for its first bytes only.
            return file.CanSeek && path != "-" && begin.SequenceEqual(FirstOf(file, begin.Length)) ? ParquetRows.ReadAsync(file, cancellationToken)
                : throw new CommandException($"{path} is Parquet, which is read from its end: save it as a file that is not packed, and import that");
        }

        if (begin.StartsWith("ARROW1"u8) || begin.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xFF, 0xFF, 0xFF]))
        {
            return ArrowRows.ReadAsync(stream, cancellationToken);
        }

        var first = Encoding.UTF8.GetString(begin).TrimStart('\uFEFF').TrimStart();
        return first.StartsWith('[') ? ArrayAsync(stream, cancellationToken)
            : first.StartsWith('{') ? LinesAsync(stream, cancellationToken) : CsvAsync(stream, cancellationToken);
    }

    private static byte[] FirstOf(Stream file, int bytes)
    {
        var first = new byte[bytes];
        file.Seek(0, SeekOrigin.Begin);
        file.ReadExactly(first.AsSpan(0, (int)Math.Min(bytes, file.Length)));
        return first;
    }

    private static async IAsyncEnumerable<(long, SourceRow, RejectedSource?)> ArrayAsync(
        PeekStream stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        long number = 0;
        stream.MostOfRow = MostOfElement;
        await foreach (var element in JsonSerializer.DeserializeAsyncEnumerable<JsonElement>(stream, cancellationToken: cancellationToken))
        {
            number++;
            stream.RowRead();
            yield return element.ValueKind == JsonValueKind.Object
                ? (number, new SourceRow(element), null) : (number, default, new(number, "", "no JSON object", element.GetRawText()));
        }
    }

    private static async IAsyncEnumerable<(long, SourceRow, RejectedSource?)> LinesAsync(
        Stream stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using var reader = new StreamReader(stream, Encoding.UTF8, detectEncodingFromByteOrderMarks: false);
        var lines = new LineReader(reader);
        for (long line = 1; await lines.ReadAsync(cancellationToken) is var (read, isTooLong); line++)
        {
            var text = read.TrimStart('\uFEFF').Trim();
            if (isTooLong)
            {
                yield return (line, default, new(line, "", $"too_long: more than {LineReader.Longest} characters", Shown(text)));
            }
            else if (text.Length > 0)
            {
                yield return Parse(line, text);
            }
        }
    }

    private static string Shown(string text) => RejectFile.Show(Encoding.UTF8.GetBytes(text));

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
            return (line, default, new(line, "", $"no JSON: {e.Message}", Shown(text)));
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
                ? (lines.Line, new SourceRow(Cells(header, cells)), null)
                : (lines.Line, default, new(lines.Line, "", $"{cells.Count} cells under {header.Count} names", string.Join(',', cells)));
            await Task.CompletedTask;
        }
    }

    private static Dictionary<string, string?> Cells(List<string> header, List<string> cells) =>
        header.Zip(cells).DistinctBy(pair => pair.First).ToDictionary(pair => pair.First, string? (pair) => pair.Second);
}
