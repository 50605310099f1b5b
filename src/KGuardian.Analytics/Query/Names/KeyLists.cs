using System.Text.Encodings.Web;
using System.Text.Json;

namespace KGuardian.Analytics.Query.Names;

/// <summary>Keys as parameters of queries: as JSON, in as many lists as it takes that each can be sent.</summary>
internal static class KeyLists
{
    /// <summary>Bytes of a list, below the 128 KiB that ClickHouse takes in one field of a request.</summary>
    private const int MostBytes = 96 << 10;

    private static readonly JsonSerializerOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>
    /// The lists. A key that is larger than a list may be has one for itself: ingest takes no text over 1,024 bytes, of which each is 11 at most.
    /// </summary>
    /// <param name="keys">Texts, or arrays of texts and numbers.</param>
    public static IEnumerable<string> Of(IEnumerable<object> keys)
    {
        var (list, bytes) = (new List<string>(), 0);
        foreach (var key in keys.Select(key => JsonSerializer.Serialize(key, Relaxed)))
        {
            var size = BytesOf(key);
            if (list.Count > 0 && bytes + size > MostBytes)
            {
                yield return Join(list);
                (list, bytes) = ([], 0);
            }

            list.Add(key);
            bytes += size;
        }

        if (list.Count > 0)
        {
            yield return Join(list);
        }
    }

    private static string Join(IEnumerable<string> list) => $"[{string.Join(',', list)}]";

    // As a form sends it, where backslashes are escaped once more, and with the comma behind it.
    private static int BytesOf(string key) => Uri.EscapeDataString(key.Replace("\\", "\\\\", StringComparison.Ordinal)).Length + "%2C".Length;
}
