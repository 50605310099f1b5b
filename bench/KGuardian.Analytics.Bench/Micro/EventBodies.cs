using System.Text.Json;
using System.Text.Json.Nodes;

namespace KGuardian.Analytics.Bench.Micro;

/// <summary>Bodies like the controller's: 100 events of about 330 bytes, without white space.</summary>
internal static class EventBodies
{
    /// <summary>Events a body.</summary>
    public const int Events = 100;

    /// <summary>A batch body. The names are as long as those of a real cluster; the ports, addresses and uuids differ.</summary>
    public static byte[] Batch()
    {
        var random = new Random(7);
        var events = new JsonArray();
        for (var i = 0; i < Events; i++)
        {
            var uuid = new byte[16];
            random.NextBytes(uuid);
            events.Add(new JsonObject
            {
                ["uuid"] = new Guid(uuid).ToString(),
                ["pod_name"] = $"service-ca-operator-575d5cf89-s{i:x4}",
                ["pod_namespace"] = "openshift-service-ca-operator",
                ["pod_ip"] = $"10.128.{random.Next(64)}.{random.Next(256)}",
                ["pod_port"] = random.Next(32768, 61000).ToString(),
                ["ip_protocol"] = "TCP",
                ["traffic_type"] = i % 2 == 0 ? "EGRESS" : "INGRESS",
                ["traffic_in_out_ip"] = $"172.30.{random.Next(4)}.{random.Next(256)}",
                ["traffic_in_out_port"] = "6443",
                ["decision"] = i % 5 == 0 ? "DROP" : "ALLOW",
                ["time_stamp"] = $"2024-02-15T15:44:{random.Next(60):d2}.{random.Next(1_000_000):d6}",
            });
        }

        return JsonSerializer.SerializeToUtf8Bytes(events);
    }
}
