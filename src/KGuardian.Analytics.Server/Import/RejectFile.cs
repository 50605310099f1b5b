using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Server.Http;

namespace KGuardian.Analytics.Server.Import;

/// <summary>Rows that cannot be stored, a line of JSON each: <c>{"table", "row", "field", "reason", "text"}</c>.</summary>
internal sealed class RejectFile(string path) : IDisposable
{
    /// <summary>Characters of a row that are written: what is wrong is seen by then.</summary>
    private const int MostText = 8 << 10;

    private FileStream? _file;

    /// <summary>Its name.</summary>
    public string Path => path;

    /// <summary>How long it is.</summary>
    public long Bytes { get; private set; }

    /// <summary>A row as text, whatever bytes it has.</summary>
    public static string Show(ReadOnlySpan<byte> row) => Encoding.UTF8.GetString(row[..Math.Min(row.Length, MostText)]);

    /// <summary>Leaves so many bytes: what is behind them was not acknowledged. There is no file without rejects.</summary>
    public void CutTo(long bytes)
    {
        Bytes = bytes;
        if (bytes == 0)
        {
            File.Delete(path);
            return;
        }

        _file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.Read);
        if (_file.Length < bytes)
        {
            throw new IOException($"{path} is shorter than the import left it: {_file.Length} bytes instead of {bytes}");
        }

        _file.SetLength(bytes);
        _file.Seek(0, SeekOrigin.End);
    }

    /// <summary>Appends rows.</summary>
    public void Append(string table, IEnumerable<RejectedSource> rows)
    {
        foreach (var row in rows)
        {
            _file ??= new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.Read);
            _file.Write(JsonSerializer.SerializeToUtf8Bytes(
                new { table, row = row.Row, field = row.Field, reason = row.Reason, text = row.Text }, SnakeCaseJson.Plain));
            _file.WriteByte((byte)'\n');
        }

        _file?.Flush();
        Bytes = _file?.Length ?? 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();
}
