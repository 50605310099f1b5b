using System.Text.Json;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Inventory.Services;

/// <summary>A service as the broker's contract shows it: SvcDetail.</summary>
internal static class ServiceJson
{
    /// <summary>Writes a service.</summary>
    public static void Write(Utf8JsonWriter json, ServiceState service)
    {
        json.WriteStartObject();
        json.WriteString("svc_ip"u8, service.Ip);
        json.WriteString("svc_name"u8, service.Name);
        json.WriteString("svc_namespace"u8, service.Namespace);
        json.WritePropertyName("service_spec"u8);
        if (service.Manifest is { } manifest)
        {
            json.WriteRawValue(manifest, skipInputValidation: true);
        }
        else
        {
            json.WriteNullValue();
        }

        json.WriteString("time_stamp"u8, TimestampText.Format(service.TimeMicros));
        json.WriteEndObject();
    }
}
