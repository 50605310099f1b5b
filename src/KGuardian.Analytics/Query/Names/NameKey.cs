using System.Net;

namespace KGuardian.Analytics.Query.Names;

/// <summary>What of a flow one of its ends is looked up by in <c>name_history</c>.</summary>
internal sealed class NameKey
{
    /// <summary>The pod that reported, by namespace and name, which its agent knows.</summary>
    public static readonly NameKey Pod = new("pod", null);

    /// <summary>The reporting side's address.</summary>
    public static readonly NameKey PodAddress = new("address", "pod_ip");

    /// <summary>The other side's address.</summary>
    public static readonly NameKey Peer = new("address", "traffic_in_out_ip");

    private readonly string? _address;

    private NameKey(string subject, string? address) => (Subject, _address) = (subject, address);

    /// <summary>The rows of <c>name_history</c> that are about it.</summary>
    public string Subject { get; }

    /// <summary>A short name for it, as an alias.</summary>
    public string Alias => this == Pod ? "own" : this == Peer ? "peer" : "self";

    /// <summary>The columns of flows that it is made of.</summary>
    public IReadOnlyList<string> Columns => _address is null ? ["pod_namespace", "pod_name"] : [_address];

    /// <summary>What of a key <see cref="ColumnSql"/> is compared with, of a row with <c>key</c>.</summary>
    public string ChangingSql => _address is null ? "splitByChar('/', key)[2]" : "key";

    /// <summary>The column that tells most keys apart, with a dictionary: a pod's name, or an address in the spelling of keys.</summary>
    /// <param name="table">What is before the column's name.</param>
    public string ColumnSql(string table) => _address is null ? $"{table}pod_name" : CanonicalSql($"{table}{_address}");

    /// <summary>The key as a text; '' for none.</summary>
    /// <param name="table">What is before the columns' names.</param>
    public string TextSql(string table) => _address is null
        ? $"if(isNull({table}pod_name), '', concat(ifNull({table}pod_namespace, ''), '/', ifNull({table}pod_name, '')))"
        : $"ifNull({CanonicalSql($"{table}{_address}")}, '')";

    /// <summary>What <see cref="IndexSql"/> needs of an array of keys: so many constants, in this order.</summary>
    public IReadOnlyList<string> Tables(string keys)
    {
        var places = $"range(1, toUInt32(length({keys})) + 1)";
        if (_address is not null)
        {
            return [keys, places];
        }

        var spaces = $"arrayMap(k -> splitByChar('/', k)[1], {keys})";
        return
        [
            keys, places, $"arrayMap(k -> splitByChar('/', k)[2], {keys})",
            $"arrayMap(s -> toUInt32(indexOf(arrayDistinct({spaces}), s)), {spaces})",
            $"arrayDistinct({spaces})",
        ];
    }

    /// <summary>
    /// A row's place, from 1 on, in an array of keys; 0 when it is not in it. The columns have dictionaries, of which each text is looked up once a block: so
    /// the usual spelling of addresses, IPv4, is looked up as it is, and a pod by its name, and by both only where another namespace has the same.
    /// </summary>
    /// <param name="table">The constant of a place in <see cref="Tables"/>.</param>
    /// <param name="column">The table's column of a name.</param>
    public string IndexSql(Func<int, string> table, Func<string, string> column)
    {
        if (_address is not null)
        {
            var address = column(_address);
            return $"if(position({address}, ':') > 0, {Place($"replaceOne(toString(toIPv6OrNull(substringIndex({address}, '%', 1))), '::ffff:', '')")}, "
                + $"{Place(address)})";
        }

        var (podNamespace, podName) = ($"ifNull({column("pod_namespace")}, '')", column("pod_name"));
        var byName = Transform(podName, table(2), table(1));
        var isSame = $"{Transform(podName, table(2), table(3))} = {Transform(podNamespace, table(4), $"range(1, toUInt32(length({table(4)})) + 1)")}";
        return $"multiIf({byName} = 0, toUInt32(0), {isSame}, {byName}, {Place($"concat({podNamespace}, '/', ifNull({podName}, ''))")})";

        string Place(string key) => Transform(key, table(0), table(1));
    }

    /// <summary>The one spelling that keys have of an address; a text that is none as it is.</summary>
    public static string Canonical(string address)
    {
        var zone = address.IndexOf('%', StringComparison.Ordinal);
        return !address.Contains(':', StringComparison.Ordinal) || !IPAddress.TryParse(zone < 0 ? address : address[..zone], out var parsed) ? address
            : (parsed.IsIPv4MappedToIPv6 ? parsed.MapToIPv4() : parsed).ToString();
    }

    /// <summary>SQL of <see cref="Canonical"/>.</summary>
    internal static string CanonicalSql(string address) =>
        $"if(position({address}, ':') > 0, replaceOne(toString(toIPv6OrNull(substringIndex({address}, '%', 1))), '::ffff:', ''), toString({address}))";

    private static string Transform(string value, string from, string to) => $"ifNull(transform({value}, {from}, {to}, toUInt32(0)), 0)";
}
