using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Integrations;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>
/// Events in batches as JSON, signed: <c>X-KGuardian-Signature: sha256=…</c> is the HMAC of the text of <c>X-KGuardian-Timestamp</c> (seconds since 1970), a
/// dot and the body, with the secret.
/// </summary>
internal class WebhookTarget(Integration integration, TargetAddresses addresses, string path = "/") : HttpTarget(integration, addresses, path)
{
    /// <summary>Seconds since 1970 when a body was signed: what came long before is played back.</summary>
    public const string TimeHeader = "X-KGuardian-Timestamp";

    /// <summary>The signature.</summary>
    public const string SignatureHeader = "X-KGuardian-Signature";

    /// <inheritdoc/>
    protected override void WriteBody(EventRun run, ArrayBufferWriter<byte> body)
    {
        using var json = new Utf8JsonWriter(body);
        json.WriteStartObject();
        json.WriteNumber("integrationId", Integration.Id);
        json.WriteString("channel", run.Channel);
        json.WriteStartArray("events");
        for (var at = 0; at < run.Count; at++)
        {
            json.WriteRawValue(run.JsonOf(at).Span, skipInputValidation: true);
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    /// <inheritdoc/>
    protected override void AddHeaders(HttpRequestMessage request, ReadOnlyMemory<byte> body)
    {
        foreach (var (name, value) in Connection.Headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        if (Connection.Secret is not { } secret)
        {
            return;
        }

        var time = DateTimeOffset.UtcNow.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, Encoding.UTF8.GetBytes(secret));
        hmac.AppendData(Encoding.ASCII.GetBytes($"{time}."));
        hmac.AppendData(body.Span);
        request.Headers.Add(TimeHeader, time);
        request.Headers.Add(SignatureHeader, $"sha256={Convert.ToHexStringLower(hmac.GetHashAndReset())}");
    }
}
