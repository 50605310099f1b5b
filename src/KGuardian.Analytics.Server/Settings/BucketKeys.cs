using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The two keys of a bucket, which go together; neither: from the environment.</summary>
internal sealed class BucketKeys
{
    /// <summary>Reads them.</summary>
    /// <param name="reader">The settings.</param>
    /// <param name="access">Name of the setting of the access key.</param>
    /// <param name="secret">Name of the setting of its secret.</param>
    /// <exception cref="SettingsException">One of them is set, and the other one is not.</exception>
    public BucketKeys(SettingsReader reader, string access, string secret)
    {
        (Access, Secret) = (reader.Secret(access), reader.Secret(secret));
        if ((Access is null) != (Secret is null))
        {
            throw new SettingsException(Access is null ? access : secret, null, $"{access} and {secret} go together");
        }

        First = Access is null ? null : access;
    }

    /// <summary>Access key; null for none.</summary>
    public string? Access { get; }

    /// <summary>Its secret; null for none.</summary>
    public string? Secret { get; }

    /// <summary>Name of a setting that is set; null where none is.</summary>
    public string? First { get; }
}
