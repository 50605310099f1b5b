using System.Buffers;
using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Integrations;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>OpenTelemetry's logs, as JSON of OTLP/HTTP; signed as webhooks are when there is a secret.</summary>
internal sealed class OtlpTarget(Integration integration, TargetAddresses addresses, string hostName) : WebhookTarget(integration, addresses, "/v1/logs")
{
    /// <summary>Nanoseconds of a microsecond.</summary>
    private const string Nanos = "000";

    /// <inheritdoc/>
    protected override void WriteBody(EventRun run, ArrayBufferWriter<byte> body)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteStartArray("resourceLogs");
        json.WriteStartObject();
        json.WriteStartObject("resource");
        json.WriteStartArray("attributes");
        WriteAttribute(json, "service.name", "kguardian");
        WriteAttribute(json, "host.name", hostName);
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteStartArray("scopeLogs");
        json.WriteStartObject();
        json.WriteStartObject("scope");
        json.WriteString("name", "kguardian.forwarding");
        json.WriteEndObject();
        json.WriteStartArray("logRecords");
        for (var at = 0; at < run.Count; at++)
        {
            WriteRecord(json, run, at);
        }

        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    protected override Task AcceptAsync(int status, string text, CancellationToken cancellationToken)
    {
        CheckStatus(status, text);
        return Rejected(text) is { } reason
            // Which of them is not said: fewer are sent, until it is known.
            ? throw new TargetException(TargetFailure.Refused, $"{Url.Authority} took a part only: {Shown(reason)}")
            : Task.CompletedTask;
    }

    private static void WriteRecord(Utf8JsonWriter json, EventRun run, int at)
    {
        var row = run[at];
        json.WriteStartObject();
        json.WriteString("timeUnixNano", row.Micros <= 0 ? "0" : row.Micros.ToString(CultureInfo.InvariantCulture) + Nanos);
        // OpenTelemetry's numbers: 9 is INFO, 13 WARN, 17 ERROR, 21 FATAL; syslog's grow the other way.
        var (number, name) = row.Severity switch { <= 2 => (21, "FATAL"), 3 => (17, "ERROR"), <= 5 => (13, "WARN"), _ => (9, "INFO") };
        json.WriteNumber("severityNumber", number);
        json.WriteString("severityText", name);
        json.WriteStartObject("body");
        json.WriteString("stringValue", run.JsonOf(at).Span);
        json.WriteEndObject();
        json.WriteStartArray("attributes");
        WriteAttribute(json, "event.name", row.Kind);
        foreach (var (field, value) in row.Fields)
        {
            WriteAttribute(json, field, value);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static void WriteAttribute(Utf8JsonWriter json, string key, string value)
    {
        json.WriteStartObject();
        json.WriteString("key", key);
        json.WriteStartObject("value");
        json.WriteString("stringValue", value);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    /// <summary>What a collector says that took a part; null when it took all. An answer of another form is its word all the same.</summary>
    private static string? Rejected(string text)
    {
        try
        {
            using var answer = JsonDocument.Parse(text.Length == 0 ? "{}" : text);
            return answer.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("partialSuccess", out var partial)
                && partial.ValueKind == JsonValueKind.Object && partial.TryGetProperty("rejectedLogRecords", out var rejected)
                // int64, which JSON of protocol buffers writes as text.
                && rejected.ToString() is not ("" or "0")
                ? $"{rejected} rejected{(partial.TryGetProperty("errorMessage", out var message) ? $", {message}" : "")}" : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
