using System.Globalization;
using System.Text.Json;

namespace KGuardian.ClickHouse.Client;

/// <summary>What a query cost, as ClickHouse's header X-ClickHouse-Summary says.</summary>
/// <param name="ReadRows">Rows read from tables.</param>
/// <param name="ReadBytes">Their bytes, uncompressed.</param>
internal readonly record struct ClickHouseSummary(long ReadRows, long ReadBytes)
{
    /// <summary>What two queries cost together.</summary>
    public static ClickHouseSummary operator +(ClickHouseSummary one, ClickHouseSummary other) =>
        new(one.ReadRows + other.ReadRows, one.ReadBytes + other.ReadBytes);

    internal static ClickHouseSummary Of(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("X-ClickHouse-Summary", out var values))
            return default;
        using var summary = JsonDocument.Parse(values.First());
        return new ClickHouseSummary(Number("read_rows"), Number("read_bytes"));

        // The numbers are quoted.
        long Number(string name) =>
            summary.RootElement.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String
                ? long.Parse(value.GetString()!, NumberStyles.None, CultureInfo.InvariantCulture)
                : 0;
    }
}
