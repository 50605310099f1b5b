using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>What agents say of pods and services, as they say it.</summary>
internal static class Pods
{
    /// <summary>A PodDetail with everything that a manifest of Kubernetes has.</summary>
    public static JsonObject Detail(
        string name = "shop-0", string podNamespace = "shop", string ip = "10.244.1.5", string node = "node-1", bool isDead = false,
        string time = "2026-05-12T10:32:14.123456") => new()
        {
            ["pod_name"] = name,
            ["pod_ip"] = ip,
            ["pod_namespace"] = podNamespace,
            ["pod_obj"] = new JsonObject
            {
                ["metadata"] = new JsonObject
                {
                    ["name"] = name,
                    ["namespace"] = podNamespace,
                    ["labels"] = new JsonObject { ["app"] = "shop", ["revision"] = 7 },
                    ["ownerReferences"] = new JsonArray(new JsonObject { ["kind"] = "ReplicaSet", ["name"] = "shop-5d4f" }),
                    ["managedFields"] = new JsonArray(new JsonObject { ["manager"] = "kubelet" }),
                },
                ["spec"] = new JsonObject { ["containers"] = new JsonArray(), ["nodeName"] = node },
                ["status"] = new JsonObject { ["phase"] = "Running" },
            },
            ["time_stamp"] = time,
            ["node_name"] = node,
            ["is_dead"] = isDead,
            ["pod_identity"] = null,
            ["workload_selector_labels"] = new JsonObject { ["app"] = "shop" },
        };

    /// <summary>What answers show of <see cref="Detail"/>.</summary>
    public static JsonObject Shown(JsonObject detail)
    {
        var shown = detail.DeepClone().AsObject();
        if (shown["pod_obj"] is JsonObject manifest)
        {
            manifest.Remove("status");
            manifest["metadata"]?.AsObject().Remove("managedFields");
            var host = manifest["spec"]?["hostNetwork"]?.DeepClone();
            manifest.Remove("spec");
            if (host is not null)
            {
                manifest["spec"] = new JsonObject { ["hostNetwork"] = host };
            }
        }

        return shown;
    }

    /// <summary>A SvcDetail.</summary>
    public static JsonObject Service(
        string ip = "10.96.0.10", string name = "shop", string serviceNamespace = "shop", string time = "2026-05-12T10:32:14.123456") => new()
        {
            ["svc_ip"] = ip,
            ["svc_name"] = name,
            ["svc_namespace"] = serviceNamespace,
            ["service_spec"] = new JsonObject
            {
                ["metadata"] = new JsonObject { ["name"] = name, ["managedFields"] = new JsonArray() },
                ["spec"] = new JsonObject { ["selector"] = new JsonObject { ["app"] = "shop" }, ["ports"] = new JsonArray(new JsonObject { ["port"] = 80 }) },
                ["status"] = new JsonObject(),
            },
            ["time_stamp"] = time,
        };

    /// <summary>A time some seconds after a fixed one.</summary>
    public static string Time(int seconds) =>
        new DateTime(2026, 5, 12, 10, 0, 0, DateTimeKind.Utc).AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff", CultureInfo.InvariantCulture);

    /// <summary>A body.</summary>
    public static byte[] Utf8(JsonNode json) => Encoding.UTF8.GetBytes(json.ToJsonString());
}
