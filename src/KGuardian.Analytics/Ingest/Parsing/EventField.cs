using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>The eleven fields of an event. The text columns come first, so that they index <see cref="EventBatch.Column"/>.</summary>
internal enum EventField
{
    /// <summary>pod_name, text.</summary>
    PodName,

    /// <summary>pod_namespace, text.</summary>
    PodNamespace,

    /// <summary>pod_ip, text; part of the key.</summary>
    PodIp,

    /// <summary>ip_protocol, text; part of the key.</summary>
    IpProtocol,

    /// <summary>traffic_type, text; part of the key.</summary>
    TrafficType,

    /// <summary>traffic_in_out_ip, text; part of the key.</summary>
    TrafficInOutIp,

    /// <summary>decision, text; part of the key.</summary>
    Decision,

    /// <summary>uuid, required.</summary>
    Uuid,

    /// <summary>time_stamp, required.</summary>
    TimeStamp,

    /// <summary>pod_port, see <see cref="PortCode"/>; part of the key.</summary>
    PodPort,

    /// <summary>traffic_in_out_port, see <see cref="PortCode"/>; part of the key.</summary>
    TrafficInOutPort,
}
