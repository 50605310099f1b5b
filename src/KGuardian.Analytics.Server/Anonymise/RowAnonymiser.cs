using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace KGuardian.Analytics.Server.Anonymise;

/// <summary>Rows of text with other names and addresses, in the shape that they had.</summary>
internal sealed class RowAnonymiser(AnonymiseKey key) : IDisposable
{
    private readonly ValueAnonymiser _values = new(key);
    private readonly ArrayBufferWriter<byte> _json = new(4096);
    private readonly Dictionary<string, ValueKind> _kinds = [];
    private Utf8JsonWriter? _writer;
    private char[] _text = new char[1024];
    private ValueKind[]? _columns;

    /// <summary>Forgets the names of columns: another file begins.</summary>
    public void Begin() => _columns = null;

    /// <summary>A row that is JSON; the bytes are good until the next.</summary>
    /// <exception cref="JsonException">It is none.</exception>
    public ReadOnlySpan<byte> Json(ReadOnlySpan<byte> row)
    {
        _json.ResetWrittenCount();
        _writer ??= new Utf8JsonWriter(_json, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        _writer.Reset(_json);
        var reader = new Utf8JsonReader(row);
        reader.Read();
        Copy(ref reader, ValueKind.Unknown);
        while (reader.Read())
        {
            throw new JsonException("there is something behind the row");
        }

        _writer.Flush();
        return _json.WrittenSpan;
    }

    /// <summary>A record of CSV without its line end; the first has the names of columns, and stays.</summary>
    public ReadOnlySpan<byte> Csv(ReadOnlySpan<byte> record)
    {
        var text = Encoding.UTF8.GetString(record.TrimEnd((byte)'\r'));
        if (_columns is null)
        {
            _columns = [.. CsvCells.Of(text.TrimStart('\uFEFF')).Select(cell => ValueKinds.Of(cell.Text))];
            return record;
        }

        var (index, line) = (0, new StringBuilder(text.Length + 64));
        foreach (var cell in CsvCells.Of(text))
        {
            line.Append(index > 0 ? "," : "").Append(cell.With(_values.Map(index < _columns.Length ? _columns[index] : default, cell.Text)));
            index++;
        }

        return Encoding.UTF8.GetBytes(line.ToString());
    }

    public void Dispose()
    {
        _values.Dispose();
        _writer?.Dispose();
    }

    /// <summary>Copies the value that the reader is at.</summary>
    private void Copy(ref Utf8JsonReader reader, ValueKind kind)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                _writer!.WriteStartObject();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    var name = Text(ref reader);
                    _writer.WritePropertyName(kind == ValueKind.Labels ? _values.Map(default, name) : name);
                    var member = kind == ValueKind.Labels ? default : Kind(name);
                    reader.Read();
                    Copy(ref reader, member);
                }

                _writer.WriteEndObject();
                break;
            case JsonTokenType.StartArray:
                _writer!.WriteStartArray();
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                {
                    Copy(ref reader, kind);
                }

                _writer.WriteEndArray();
                break;
            case JsonTokenType.String:
                _writer!.WriteStringValue(_values.Map(kind, Text(ref reader)));
                break;
            default:
                // Numbers, true, false, null.
                _writer!.WriteRawValue(reader.ValueSpan, skipInputValidation: true);
                break;
        }
    }

    private ReadOnlySpan<char> Text(ref Utf8JsonReader reader)
    {
        if (_text.Length < reader.ValueSpan.Length)
        {
            _text = new char[2 * reader.ValueSpan.Length];
        }

        return _text.AsSpan(0, reader.CopyString(_text));
    }

    private ValueKind Kind(ReadOnlySpan<char> name)
    {
        var known = _kinds.GetAlternateLookup<ReadOnlySpan<char>>();
        if (!known.TryGetValue(name, out var kind))
        {
            kind = ValueKinds.Of(name.ToString());
            // Members of rows are few; what makes up names is not remembered.
            if (_kinds.Count < 1000)
            {
                _kinds[name.ToString()] = kind;
            }
        }

        return kind;
    }
}
