using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>Address of a bucket of an S3-compatible store, and of a prefix in it.</summary>
internal static class BucketAddress
{
    /// <summary>Reads it; it ends with a slash.</summary>
    /// <exception cref="SettingsException">It is no such address.</exception>
    public static Uri Of(string setting, string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && (url.Scheme == Uri.UriSchemeHttp || url.Scheme == Uri.UriSchemeHttps)
        && url.UserInfo.Length == 0 && url.Query.Length == 0 && url.AbsolutePath.Length > 1
            ? url.AbsolutePath.EndsWith('/') ? url : new Uri(url + "/")
            : throw new SettingsException(setting, text.Contains('@', StringComparison.Ordinal) ? "(with user info)" : text,
                "it must look like https://s3.example/bucket/prefix/");
}
