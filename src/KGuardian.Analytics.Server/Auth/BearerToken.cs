namespace KGuardian.Analytics.Server.Auth;

/// <summary>What a token looks like: what RFC 6750 calls a b64token, so that a header can carry it, and not so short that it is guessed.</summary>
internal static class BearerToken
{
    /// <summary>Shorter ones are a word or a slip; six letters and digits are two thousand million.</summary>
    public const int LeastLength = 6;

    /// <summary>Kestrel takes 32 KiB of headers in all.</summary>
    public const int LargestLength = 8 << 10;

    /// <summary>The form, for messages.</summary>
    public static string Form { get; } = $"a token has {LeastLength} to {LargestLength} of the characters A-Z a-z 0-9 - . _ ~ + / and may end with =";

    /// <summary>Whether a text has that form.</summary>
    public static bool IsValid(string text) =>
        text.Length is >= LeastLength and <= LargestLength && text.TrimEnd('=') is { Length: > 0 } value && value.All(IsTokenCharacter);

    private static bool IsTokenCharacter(char c) => char.IsAsciiLetterOrDigit(c) || c is '-' or '.' or '_' or '~' or '+' or '/';
}
