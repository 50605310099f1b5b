using System.Globalization;

namespace KGuardian.ClickHouse.Client;

/// <summary>Reads ClickHouse's error texts, which begin <c>Code: 60. DB::Exception: ...</c>.</summary>
internal static class ClickHouseErrorText
{
    /// <summary>The code that the text names; 0 when it names none.</summary>
    public static int Code(ReadOnlySpan<char> text)
    {
        const string Prefix = "Code: ";
        var at = text.IndexOf(Prefix, StringComparison.Ordinal);
        if (at < 0)
        {
            return 0;
        }

        var digits = text[(at + Prefix.Length)..];
        var end = digits.IndexOfAnyExceptInRange('0', '9');
        return int.TryParse(end < 0 ? digits : digits[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var code) ? code : 0;
    }

    /// <summary>The error that an answer with another status than 2xx is.</summary>
    public static async Task<ClickHouseException> ReadAsync(HttpResponseMessage response, string queryId, CancellationToken cancellationToken)
    {
        string text;
        try
        {
            text = await response.Content.ReadAsStringAsync(cancellationToken);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            text = $"HTTP {(int)response.StatusCode}, and its text was cut off: {e.Message}";
        }

        var code = response.Headers.TryGetValues("X-ClickHouse-Exception-Code", out var codes)
            && int.TryParse(codes.First(), NumberStyles.None, CultureInfo.InvariantCulture, out var named)
                ? named
                : Code(text);
        return new ClickHouseException(
            ClickHouseFailure.Refused, code, text.Length == 0 ? $"HTTP {(int)response.StatusCode}" : text.Trim(), queryId);
    }
}
