using System.Buffers;
using System.Globalization;
using System.IO.Compression;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Integrations;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>Splunk's HTTP event collector: events behind each other, packed; its word is code 0, and with UseAck that it has indexed them.</summary>
internal sealed class SplunkTarget(Integration integration, TargetAddresses addresses, string hostName)
    : HttpTarget(integration, addresses, "/services/collector/event")
{
    /// <summary>Codes about one event: no data, invalid data, event missing, event blank, indexed fields.</summary>
    private static readonly int[] OfEvent = [5, 6, 12, 13, 15];

    /// <summary>Longest wait for an acknowledgement, asked for every second: Splunk indexes within seconds.</summary>
    private const int MostAckQuestions = 60;

    private readonly string _channel = Guid.NewGuid().ToString("D");
    private readonly MemoryStream _packed = new();

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        await _packed.DisposeAsync();
    }

    /// <inheritdoc/>
    protected override void WriteBody(EventRun run, ArrayBufferWriter<byte> body)
    {
        _packed.SetLength(0);
        using (var gzip = new GZipStream(_packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            for (var at = 0; at < run.Count; at++)
            {
                body.ResetWrittenCount();
                WriteEvent(run[at], run.JsonOf(at).Span, body);
                gzip.Write(body.WrittenSpan);
            }
        }

        body.ResetWrittenCount();
        body.Write(_packed.GetBuffer().AsSpan(0, (int)_packed.Length));
    }

    /// <inheritdoc/>
    protected override void AddHeaders(HttpRequestMessage request, ReadOnlyMemory<byte> body)
    {
        request.Headers.TryAddWithoutValidation("Authorization", $"Splunk {Connection.ServiceToken}");
        if (Connection.UseAck)
        {
            request.Headers.Add("X-Splunk-Request-Channel", _channel);
        }

        // Questions about acknowledgements are not packed.
        if (request.RequestUri == Url)
        {
            request.Content!.Headers.ContentEncoding.Add("gzip");
        }
    }

    /// <inheritdoc/>
    protected override async Task AcceptAsync(int status, string text, CancellationToken cancellationToken)
    {
        using var answer = Parse(text);
        var code = Number(answer, "code");
        if (status == 200 && code == 0)
        {
            if (Connection.UseAck)
            {
                await AcknowledgedAsync(
                    Number(answer, "ackId") ?? throw new TargetException(
                        TargetFailure.Configuration, $"{Url.Authority} names no acknowledgement: its token has none, and UseAck is set"),
                    cancellationToken);
            }

            return;
        }

        if (status == 400 && code is { } known)
        {
            throw OfEvent.Contains(known)
                ? new TargetException(TargetFailure.Refused, $"{Url.Authority} answered {status} {Shown(text)}")
                {
                    RefusedAt = Number(answer, "invalid-event-number"),
                }
                : new TargetException(TargetFailure.Configuration, $"{Url.Authority} answered {status} {Shown(text)}");
        }

        CheckStatus(status, text);
        throw new TargetException(TargetFailure.Transport, $"{Url.Authority} answered {status}, and not as Splunk does: {Shown(text)}");
    }

    private static JsonDocument? Parse(string text)
    {
        try
        {
            return JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            // A proxy's, say: its status tells.
            return null;
        }
    }

    private static int? Number(JsonDocument? answer, string name) =>
        answer?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty(name, out var value)
        && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number : null;

    private void WriteEvent(ForwardedEvent row, ReadOnlySpan<byte> text, ArrayBufferWriter<byte> body)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        var micros = Math.Max(0, row.Micros);
        json.WritePropertyName("time");
        json.WriteRawValue(string.Create(CultureInfo.InvariantCulture, $"{micros / 1_000_000}.{micros % 1_000_000:000000}"));
        json.WriteString("host", hostName);
        json.WriteString("source", "kguardian");
        json.WriteString("sourcetype", Connection.SourceType ?? (row.Kind == "connection" ? "kguardian:connection" : "kguardian:event"));
        if (Connection.Index is { } index)
        {
            json.WriteString("index", index);
        }

        json.WritePropertyName("event");
        json.WriteRawValue(text, skipInputValidation: true);
        json.WriteEndObject();
    }

    private async Task AcknowledgedAsync(int id, CancellationToken cancellationToken)
    {
        var url = new Uri(Url, $"/services/collector/ack?channel={_channel}");
        var question = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $$"""{"acks":[{{id}}]}"""));
        var name = id.ToString(CultureInfo.InvariantCulture);
        for (var asked = 0; asked < MostAckQuestions; asked++)
        {
            var (status, text) = await PostAsync(url, question, cancellationToken);
            if (status == 400)
            {
                throw new TargetException(TargetFailure.Configuration, $"{Url.Authority} cannot be asked for acknowledgements: {Shown(text)}");
            }

            CheckStatus(status, text);
            using var answer = Parse(text);
            if (answer?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("acks", out var acks)
                && acks.ValueKind == JsonValueKind.Object && acks.TryGetProperty(name, out var ack) && ack.ValueKind == JsonValueKind.True)
            {
                return;
            }

            await Task.Delay(TimeSpan.FromSeconds(1), cancellationToken);
        }

        throw new TargetException(TargetFailure.Transport, $"{Url.Authority} did not acknowledge within {MostAckQuestions} s");
    }
}
