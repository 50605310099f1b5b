using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>
/// What the parser would be on System.Text.Json's reader: the same batch with the same texts, checks and keys from a whole body. It lacks what ours
/// has besides: bodies that come in pieces, rows that are refused alone, fields of any size and depth that are skipped.
/// </summary>
internal sealed class ReaderParser(FlowKeyHasher hasher)
{
    public void Parse(ReadOnlySpan<byte> body, EventBatch batch)
    {
        var reader = new Utf8JsonReader(body);
        reader.Read();
        var draft = default(EventDraft);
        while (reader.Read() && reader.TokenType == JsonTokenType.StartObject)
        {
            draft.Reset();
            var end = batch.TextLength;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var field = EventFieldNames.Find(reader.ValueSpan);
                reader.Read();
                if (field == EventFieldNames.Unknown)
                {
                    reader.Skip();
                }
                else if (reader.TokenType == JsonTokenType.Null)
                {
                    draft.AcceptNull(field);
                }
                else if (reader.TokenType != JsonTokenType.String)
                {
                    draft.Fault(field, RejectReason.NotAString);
                }
                else if (field <= EventField.Decision)
                {
                    end = ReadText(ref reader, ref draft, field, batch.FreeText(end - batch.TextLength + reader.ValueSpan.Length), end);
                }
                else
                {
                    ReadShort(ref reader, ref draft, field);
                }
            }

            if (draft.IsGood)
            {
                batch.Append(in draft, end, hasher);
            }
        }
    }

    private static int ReadText(ref Utf8JsonReader reader, ref EventDraft draft, EventField field, Span<byte> text, int at)
    {
        // Unescapes, and checks that it is UTF-8.
        var length = reader.CopyString(text[at..]);
        draft.Texts[(int)field] = new TextRef(at, length);
        draft.Accept(field);
        return at + length;
    }

    private static void ReadShort(ref Utf8JsonReader reader, ref EventDraft draft, EventField field)
    {
        Span<byte> text = stackalloc byte[PortCode.MaxTextBytes];
        var value = (ReadOnlySpan<byte>)text[..reader.CopyString(text)];
        var isGood = field switch
        {
            EventField.Uuid => UuidText.TryParse(value, out draft.Uuid),
            EventField.TimeStamp => TimestampText.TryParse(value, out draft.TimeMicros),
            EventField.PodPort => PortCode.TryParse(value, out draft.PodPort),
            _ => PortCode.TryParse(value, out draft.TrafficInOutPort),
        };
        if (isGood)
        {
            draft.Accept(field);
        }
        else
        {
            draft.Fault(field, RejectReason.NotAString);
        }
    }
}
