using System.Buffers;
using System.Net;
using System.Text.Json;
using KGuardian.Analytics.Server.Http;

namespace KGuardian.Analytics.Server.Anonymise;

/// <summary>Other texts for texts of rows; those that come often are remembered.</summary>
internal sealed class ValueAnonymiser(AnonymiseKey key) : IDisposable
{
    /// <summary>Texts that are remembered of each kind, some 10 MB; then it is begun anew.</summary>
    private const int MostRemembered = 50_000;

    /// <summary>Longer than any port, protocol, decision or time.</summary>
    private const int LongestStaying = 32;

    private static readonly SearchValues<char> StayingCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-:. ");

    private readonly AddressAnonymiser _addresses = new(key);
    private readonly NameAnonymiser _names = new(key);
    private readonly Dictionary<string, string> _pods = [];
    private readonly Dictionary<string, string> _others = [];

    /// <summary>What stands for a text.</summary>
    public string Map(ValueKind kind, ReadOnlySpan<char> text) => kind switch
    {
        _ when text.IsEmpty => "",
        ValueKind.Staying when IsWord(text) => text.ToString(),
        ValueKind.Uuid when Guid.TryParseExact(text, "D", out var uuid) => _names.Uuid(uuid).ToString(),
        ValueKind.Pod => Remembered(_pods, text, pod => _names.Pod(pod)),
        ValueKind.Labels => Labels(text.ToString()),
        _ => Remembered(_others, text, Other),
    };

    public void Dispose() => _addresses.Dispose();

    /// <summary>A word, a number or a time; no address, which has no dash, as a time does.</summary>
    private static bool IsWord(ReadOnlySpan<char> text) => text.Length <= LongestStaying && !text.ContainsAnyExcept(StayingCharacters)
        && (text.Contains('-') || !text.ContainsAny('.', ':') || AddressAnonymiser.Parse(text.ToString()) is null);

    private string Other(string text)
    {
        // A zone id names an interface of somebody's.
        var (bare, zone) = text.IndexOf('%', StringComparison.Ordinal) is > 0 and var at ? (text[..at], $"%{_names.Name(text[(at + 1)..])}") : (text, "");
        return AddressAnonymiser.Parse(bare) is { } address ? $"{_addresses.Map(address)}{zone}"
            : Guid.TryParseExact(text, "D", out var uuid) ? _names.Uuid(uuid).ToString()
            : IPNetwork.TryParse(text, out var network) ? Network(network)
            : _names.Name(text);
    }

    /// <summary>Of a network its prefix is another's; the bits behind stay 0.</summary>
    private string Network(IPNetwork network)
    {
        var bytes = _addresses.Map(network.BaseAddress).GetAddressBytes();
        for (var bit = network.PrefixLength; bit < 8 * bytes.Length; bit++)
        {
            bytes[bit / 8] &= (byte)~(128 >> (bit % 8));
        }

        return $"{new IPAddress(bytes)}/{network.PrefixLength}";
    }

    /// <summary>Keys and values of labels; what is no object is a text like any other.</summary>
    private string Labels(string text)
    {
        try
        {
            using var labels = JsonDocument.Parse(text);
            return labels.RootElement.ValueKind == JsonValueKind.Object
                ? JsonSerializer.Serialize(
                    labels.RootElement.EnumerateObject().Select(label => (Key: Map(default, label.Name), Value: Map(default, label.Value.ToString())))
                        .DistinctBy(label => label.Key).ToDictionary(label => label.Key, label => label.Value), SnakeCaseJson.Plain)
                : Map(default, text);
        }
        catch (JsonException)
        {
            return Map(default, text);
        }
    }

    private static string Remembered(Dictionary<string, string> known, ReadOnlySpan<char> text, Func<string, string> make)
    {
        if (known.GetAlternateLookup<ReadOnlySpan<char>>().TryGetValue(text, out var made))
        {
            return made;
        }

        if (known.Count >= MostRemembered)
        {
            known.Clear();
        }

        var original = text.ToString();
        return known[original] = make(original);
    }
}
