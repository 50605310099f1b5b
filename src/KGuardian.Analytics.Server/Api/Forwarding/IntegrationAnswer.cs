using System.Buffers;
using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Forwarding;
using KGuardian.Analytics.Forwarding.Delivery;
using KGuardian.Analytics.Forwarding.Integrations;

namespace KGuardian.Analytics.Server.Api.Forwarding;

/// <summary>Integrations as clients see them: never with a secret.</summary>
internal static class IntegrationAnswer
{
    /// <summary>This store has one customer.</summary>
    private const int Customer = 1;

    /// <summary>Answers with JSON.</summary>
    public static async Task WriteAsync(HttpContext context, int status, Action<Utf8JsonWriter> write)
    {
        var body = new ArrayBufferWriter<byte>();
        await using (var json = new Utf8JsonWriter(body))
        {
            write(json);
        }

        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json; charset=utf-8";
        context.Response.ContentLength = body.WrittenCount;
        await context.Response.Body.WriteAsync(body.WrittenMemory, context.RequestAborted);
    }

    /// <summary>Writes an integration.</summary>
    /// <param name="json">Where to.</param>
    /// <param name="one">The integration.</param>
    /// <param name="now">Microseconds since 1970.</param>
    public static void Write(Utf8JsonWriter json, ForwardedIntegration one, long now)
    {
        var integration = one.Integration;
        json.WriteStartObject();
        json.WriteNumber("id", integration.Id);
        json.WriteNumber("customerId", Customer);
        json.WriteString("name", integration.Name);
        json.WriteString("type", integration.Type);
        json.WriteBoolean("enabled", integration.Enabled);
        WriteTexts("channels", integration.Channels);
        json.WriteString("filter", integration.Filter);
        json.WriteString("startFrom", integration.StartFrom);
        json.WriteStartObject("connectionInfo");
        foreach (var member in ConnectionMember.All.Where(member => !member.IsSecret && integration.Connection.Members.ContainsKey(member.Name)))
        {
            json.WritePropertyName(member.Name);
            integration.Connection.Members[member.Name].WriteTo(json);
        }

        json.WriteEndObject();
        WriteTexts(
            "secretsSet",
            ConnectionMember.All.Where(member => member.IsSecret && integration.Connection.Members.ContainsKey(member.Name)).Select(member => member.Name));
        WriteState(json, one, now);
        json.WriteEndObject();

        void WriteTexts(string name, IEnumerable<string> texts)
        {
            json.WriteStartArray(name);
            foreach (var text in texts)
            {
                json.WriteStringValue(text);
            }

            json.WriteEndArray();
        }
    }

    private static void WriteState(Utf8JsonWriter json, ForwardedIntegration one, long now)
    {
        json.WriteStartObject("state");
        json.WriteString("status", ForwardingGauges.NameOf(one.Status));
        json.WriteString("delivery", one.Integration.IsBestEffort ? "best-effort" : "at-least-once");
        if (one.Loop?.LastError is { } error)
        {
            json.WriteString("lastError", error);
        }

        if (one.Channels.Max(channel => channel.Progress.LastDelivered) is > 0 and var delivered)
        {
            json.WriteString("lastDelivered", Time(delivered));
        }

        json.WriteStartObject("channels");
        foreach (var channel in one.Channels)
        {
            WriteChannel(json, channel, now);
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static void WriteChannel(Utf8JsonWriter json, ChannelDelivery channel, long now)
    {
        var progress = channel.Progress;
        json.WriteStartObject(channel.Name);
        json.WriteNumber("position", progress.Place.Sequence);
        json.WriteNumber("behind", channel.Behind);
        json.WriteNumber("lagSeconds", ForwardingGauges.LagSeconds(channel, now));
        json.WriteNumber("delivered", progress.Delivered);
        json.WriteNumber("deadLettered", progress.DeadLettered);
        if (progress.LostEvents > 0)
        {
            json.WriteStartObject("lost");
            json.WriteString("from", Time(progress.LostFrom));
            json.WriteString("to", Time(progress.LostTo));
            json.WriteNumber("events", progress.LostEvents);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static string Time(long micros) =>
        DateTime.UnixEpoch.AddMicroseconds(micros).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture);
}
