using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace KGuardian.Analytics.Server.Import.Postgres;

/// <summary>Writes rows of a table as the JSON that the server takes. Not thread-safe.</summary>
/// <param name="columns">The columns, as they are in a row.</param>
internal sealed class BrokerRowWriter(IReadOnlyList<BrokerColumn> columns) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _row = new(1 << 10);
    private readonly Utf8JsonWriter _json = new(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
    private readonly JsonEncodedText[] _names = [.. columns.Select(column => JsonEncodedText.Encode(column.Name))];

    /// <summary>The row that was written.</summary>
    public ReadOnlySpan<byte> Json => _row.WrittenSpan;

    /// <summary>Writes a row; null, or the column at fault and what is wrong with it.</summary>
    public (string Field, string Reason)? Write(CopyReader row)
    {
        _row.ResetWrittenCount();
        _json.Reset(_row);
        _json.WriteStartObject();
        for (var i = 0; i < columns.Count; i++)
        {
            var column = columns[i];
            if (!Utf8.IsValid(row[i]))
            {
                // Of a database in SQL_ASCII, which looks at no text.
                return (column.Name, "invalid_utf8");
            }

            _json.WritePropertyName(_names[i]);
            try
            {
                Write(column, row, i);
            }
            catch (Exception e) when (e is JsonException or ArgumentException or InvalidOperationException)
            {
                return (column.Name, $"no JSON: {e.Message.ReplaceLineEndings(" ")}");
            }
        }

        _json.WriteEndObject();
        _json.Flush();
        return null;
    }

    /// <summary>A row as text, for whoever looks for what is wrong with it.</summary>
    public string Show(CopyReader row) => RejectFile.Show(Encoding.UTF8.GetBytes(string.Join(
        ", ", columns.Select((column, i) => $"{column.Name}={(row.IsNull(i) ? "null" : Encoding.UTF8.GetString(row[i]))}"))));

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();

    private void Write(BrokerColumn column, CopyReader row, int i)
    {
        if (column.Kind == ColumnKind.Names)
        {
            _json.WriteStartArray();
            foreach (var part in row[i].Split((byte)','))
            {
                _json.WriteStringValue(row[i][part]);
            }

            _json.WriteEndArray();
        }
        else if (row.IsNull(i))
        {
            if (column.WithoutNull)
            {
                _json.WriteStringValue("");
            }
            else
            {
                _json.WriteNullValue();
            }
        }
        else if (column.Kind == ColumnKind.Text)
        {
            _json.WriteStringValue(row[i]);
        }
        else
        {
            // Looked at: a column may be text where it was meant to be JSON.
            _json.WriteRawValue(row[i]);
        }
    }
}
