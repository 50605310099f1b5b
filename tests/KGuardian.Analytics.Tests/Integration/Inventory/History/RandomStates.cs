using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Services;

namespace KGuardian.Analytics.Tests.Integration.Inventory.History;

/// <summary>
/// Logs of states of few pods, addresses and moments, so that everything meets: addresses that are used again, states that come late and out of order,
/// pods that die, pods of one name in two namespaces, pods of their node's network.
/// </summary>
internal sealed class RandomStates(int seed)
{
    /// <summary>The first moment.</summary>
    public const long Begin = 1_778_580_000_000_000;

    private const long Second = 1_000_000;

    private readonly Random _random = new(seed);
    private long _sequence = 1;

    /// <summary>An address of this log, which no other has.</summary>
    public string Address(int number) => number == 3 ? $"fd00::{seed}:1" : $"10.{seed}.0.{number}";

    /// <summary>A moment on the grid on which things happen.</summary>
    public long Moment() => Begin + (_random.Next(40) * 20 * Second);

    public PodState Pod()
    {
        var onHost = _random.Next(5) == 0;
        var since = Moment();
        return new PodState
        {
            Namespace = $"ns-{_random.Next(2)}",
            Name = onHost ? $"host-{seed}-{_random.Next(3)}" : $"pod-{seed}-{_random.Next(4)}",
            Ip = _random.Next(6) == 0 ? "" : Address(_random.Next(5)),
            Node = $"node-{_random.Next(2)}",
            IsDead = _random.Next(5) == 0,
            HostNetwork = onHost,
            TimeMicros = since,
            SinceMicros = since,
            RecordedMicros = Begin + (3600 * Second),
            Sequence = _sequence++ + (seed * 1_000_000L),
            Manifest = Manifest(since),
        };
    }

    public ServiceState Service() => new()
    {
        Ip = Address(4 + _random.Next(2)),
        Name = $"svc-{seed}-{_random.Next(3)}",
        Namespace = $"ns-{_random.Next(2)}",
        TimeMicros = Moment(),
        RecordedMicros = Begin + (_random.Next(60) * 20 * Second),
        Sequence = _sequence++ + (seed * 1_000_000L),
        Manifest = Manifest(Begin),
    };

    private byte[] Manifest(long since)
    {
        var metadata = new JsonObject { ["labels"] = new JsonObject { ["app"] = $"app-{_random.Next(3)}" } };
        if (_random.Next(2) == 0)
        {
            var created = DateTimeOffset.UnixEpoch.AddMicroseconds(since - (_random.Next(20) * 20 * Second));
            metadata["creationTimestamp"] = created.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        }

        JsonObject? owner = _random.Next(8) switch
        {
            0 => Owner("ReplicaSet", "shop-5d4f"),
            1 => Owner("ReplicaSet", "5d4f"),
            2 => Owner("StatefulSet", "db"),
            3 => Owner("Job", $"night-{(Begin / Second / 60) - 1}"),
            4 => Owner("Job", "import-20240101"),
            5 => Owner("Node", $"{seed}-1"),
            6 => Owner("Job", $"later-{(Begin / Second / 60) + 100}"),
            _ => null,
        };
        if (owner is not null)
        {
            metadata["ownerReferences"] = _random.Next(3) == 0 ? new JsonArray(Owner("Thing", "x"), Controlling(owner)) : new JsonArray(owner);
        }

        if (_random.Next(2) == 0)
        {
            metadata["labels"]!["pod-template-hash"] = "5d4f";
        }

        return Encoding.UTF8.GetBytes(new JsonObject { ["metadata"] = metadata }.ToJsonString());
    }

    private static JsonObject Owner(string kind, string name) => new() { ["kind"] = kind, ["name"] = name };

    private static JsonObject Controlling(JsonObject owner)
    {
        owner["controller"] = true;
        return owner;
    }
}
