namespace KGuardian.Analytics.Server.Auth;

/// <summary>
/// What a token looks like: what RFC 6750 calls a b64token, so that a header can carry it, and not so short that it is guessed. And where it is in a request.
/// </summary>
internal static class BearerToken
{
    private const string Scheme = "Bearer ";

    /// <summary>Shorter ones are a word or a slip; six letters and digits are two thousand million.</summary>
    public const int LeastLength = 6;

    /// <summary>Kestrel takes 32 KiB of headers in all.</summary>
    public const int LargestLength = 8 << 10;

    /// <summary>The form, for messages.</summary>
    public static string Form { get; } = $"a token has {LeastLength} to {LargestLength} of the characters A-Z a-z 0-9 - . _ ~ + / and may end with =";

    /// <summary>Whether a text has that form.</summary>
    public static bool IsValid(string text) =>
        text.Length is >= LeastLength and <= LargestLength && text.TrimEnd('=') is { Length: > 0 } value && value.All(IsTokenCharacter);

    /// <summary>What a request's header <c>Authorization: Bearer</c> holds; null without one, or with several.</summary>
    public static string? Of(HttpRequest request) =>
        request.Headers.Authorization is [{ } header] && header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
            ? header[Scheme.Length..].Trim(' ', '\t')
            : null;

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '+' or '/';
}
