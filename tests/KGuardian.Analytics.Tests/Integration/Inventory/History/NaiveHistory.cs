using System.Text.Json;
using KGuardian.Analytics.Inventory.Pods;
using KGuardian.Analytics.Inventory.Services;

namespace KGuardian.Analytics.Tests.Integration.Inventory.History;

/// <summary>The rules of Inventory/History's README, word for word and one question at a time: no spans, no order but that of the states.</summary>
internal sealed class NaiveHistory(IReadOnlyCollection<PodState> pods, IReadOnlyCollection<ServiceState> services)
{
    private const long Minutes = 60_000_000;
    private const long Never = -2_208_988_800_000_000;

    private readonly ILookup<(string, string), PodState> _states =
        pods.OrderBy(pod => pod.SinceMicros).ThenBy(pod => pod.Sequence).ToLookup(pod => (pod.Namespace, pod.Name));

    /// <summary>Who had an address; null when nobody is known to have.</summary>
    public KnownName? At(string address, long time)
    {
        var claims = Claims(address).OrderBy(claim => claim.Said).ThenBy(claim => claim.Sequence).ToArray();
        var last = claims.LastOrDefault(claim => claim.Said <= time);
        var next = claims.FirstOrDefault(claim => claim.Said > time);
        return last is not null && time < last.Until ? last.Name : next is not null && next.Start <= time ? next.Name : null;
    }

    /// <summary>What a pod was.</summary>
    public KnownName? Of(string podNamespace, string name, long time)
    {
        KnownName? known = null;
        var before = Never;
        foreach (var state in _states[(podNamespace, name)].Where(state => !state.IsDead))
        {
            var begin = Created(state.Manifest) is { } created && created > before ? Math.Min(created, state.SinceMicros) : state.SinceMicros;
            known = begin <= time ? Pod(state) : known;
            before = state.SinceMicros;
        }

        return known;
    }

    private IEnumerable<Claim> Claims(string address)
    {
        foreach (var state in pods)
        {
            var states = _states[(state.Namespace, state.Name)].ToArray();
            var i = Array.IndexOf(states, state);
            if (state.IsDead || state.Ip != address)
            {
                continue;
            }

            var until = i + 1 < states.Length ? states[i + 1].SinceMicros : long.MaxValue;
            var start = i > 0 && !states[i - 1].IsDead && states[i - 1].Ip.Length > 0
                ? state.SinceMicros
                : Math.Min(state.SinceMicros, Math.Max(
                    Math.Max(Created(state.Manifest) ?? state.SinceMicros, i > 0 ? states[i - 1].SinceMicros : Never), state.SinceMicros - (2 * Minutes)));
            if (state.HostNetwork == true)
            {
                yield return new Claim(
                    state.SinceMicros, state.Sequence, start,
                    // Any pod of the node, said no later than this one.
                    pods.Where(other => other.HostNetwork == true && !other.IsDead && other.Ip == address && other.Node == state.Node
                            && (other.SinceMicros, other.Sequence).CompareTo((state.SinceMicros, state.Sequence)) <= 0)
                        .Max(other => Until(other)),
                    new KnownName("NODE", "", state.Node, state.Node, "", ""));
            }
            else
            {
                yield return new Claim(state.SinceMicros, state.Sequence, start, until, Pod(state));
            }
        }

        var first = true;
        foreach (var service in services.Where(one => one.Ip == address)
            .OrderBy(one => Math.Min(one.TimeMicros, one.RecordedMicros)).ThenBy(one => one.Sequence))
        {
            var said = Math.Min(service.TimeMicros, service.RecordedMicros);
            yield return new Claim(
                said, service.Sequence, first ? Math.Min(said, Created(service.Manifest) ?? said) : said, long.MaxValue,
                new KnownName("SERVICE", service.Namespace ?? "", service.Name!, "", "", ""));
            first = false;
        }
    }

    private long Until(PodState state)
    {
        var states = _states[(state.Namespace, state.Name)].ToArray();
        var i = Array.IndexOf(states, state);
        return i + 1 < states.Length ? states[i + 1].SinceMicros : long.MaxValue;
    }

    private static KnownName Pod(PodState state)
    {
        var (kind, workload) = Workload(state);
        return new KnownName("POD", state.Namespace, state.Name, state.Node, kind, workload);
    }

    private static (string Kind, string Name) Workload(PodState state)
    {
        if (Metadata(state.Manifest, "ownerReferences") is not { ValueKind: JsonValueKind.Array } owners || owners.GetArrayLength() == 0)
        {
            return ("Pod", state.Name);
        }

        var owner = owners.EnumerateArray().FirstOrDefault(one => one.TryGetProperty("controller", out var controls) && controls.GetBoolean());
        owner = owner.ValueKind == JsonValueKind.Object ? owner : owners[0];
        var (kind, name) = (owner.GetProperty("kind").GetString()!, owner.GetProperty("name").GetString()!);
        var hash = Metadata(state.Manifest, "labels") is { ValueKind: JsonValueKind.Object } labels && labels.TryGetProperty("pod-template-hash", out var value)
            ? value.GetString() : null;
        if (kind == "ReplicaSet" && hash?.Length > 0 && name.EndsWith($"-{hash}", StringComparison.Ordinal) && name.Length > hash.Length + 1)
        {
            return ("Deployment", name[..^(hash.Length + 1)]);
        }

        if (kind == "Job" && name.Length > 9 && name[^9] == '-' && long.TryParse(name[^8..], out var minutes)
            && (Created(state.Manifest) ?? state.SinceMicros) - (minutes * Minutes) is >= -Minutes and <= 30 * 1440 * Minutes)
        {
            return ("CronJob", name[..^9]);
        }

        return kind != "Node" ? (kind, name)
            : ("StaticPod", state.Name.EndsWith($"-{name}", StringComparison.Ordinal) ? state.Name[..^(name.Length + 1)] : state.Name);
    }

    private static long? Created(byte[]? manifest) =>
        Metadata(manifest, "creationTimestamp") is { ValueKind: JsonValueKind.String } time
            ? (time.GetDateTimeOffset() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond : null;

    private static JsonElement? Metadata(byte[]? manifest, string name) =>
        manifest is not null && JsonDocument.Parse(manifest).RootElement.TryGetProperty("metadata", out var metadata)
        && metadata.TryGetProperty(name, out var value)
            ? value : null;

    private sealed record Claim(long Said, long Sequence, long Start, long Until, KnownName Name);
}

/// <summary>What is known of an end.</summary>
internal sealed record KnownName(string Type, string Namespace, string Name, string Node, string Kind, string Workload);
