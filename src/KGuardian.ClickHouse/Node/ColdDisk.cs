namespace KGuardian.ClickHouse.Node;

/// <summary>A second disk of the local node for old days: a directory, or a bucket of an S3-compatible store.</summary>
internal sealed record ColdDisk
{
    /// <summary>The directory; null for a bucket.</summary>
    public string? Path { get; init; }

    /// <summary>Address of bucket and prefix, such as <c>https://s3.example/bucket/kguardian/</c>; null for a directory.</summary>
    public Uri? S3Endpoint { get; init; }

    /// <summary>Access key of the bucket; null: from the environment, as the engine finds it.</summary>
    public string? AccessKey { get; init; }

    /// <summary>Its secret. Never logged.</summary>
    public string? SecretKey { get; init; }

    /// <summary>Where it is, without secrets.</summary>
    public string Location => Path is { } path ? System.IO.Path.GetFullPath(path) : S3Endpoint!.ToString();

    /// <summary>Where it is.</summary>
    public override string ToString() => Location;
}
