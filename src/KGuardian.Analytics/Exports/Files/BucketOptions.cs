namespace KGuardian.Analytics.Exports.Files;

/// <summary>A bucket of an S3-compatible store: settings <c>Exports:S3*</c>.</summary>
/// <param name="Endpoint">Its address and a prefix, as <c>https://s3.example/bucket/prefix/</c>; ends with a slash.</param>
/// <param name="Region">What requests are signed for.</param>
internal sealed record BucketOptions(Uri Endpoint, string Region)
{
    /// <summary>Region of most stores that have none.</summary>
    public const string UsualRegion = "us-east-1";

    /// <summary>Access key; null: from the environment, a profile, or the machine's role.</summary>
    public string? AccessKey { get; init; }

    /// <summary>Its secret. Never logged.</summary>
    public string? SecretKey { get; init; }

    /// <summary>Where it is, without secrets.</summary>
    public override string ToString() => Endpoint.ToString();
}
