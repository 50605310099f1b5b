using System.Text.Json.Nodes;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Storage;
using KGuardian.ClickHouse.Node;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings <c>Storage:*</c>: a second disk of the local node, or a policy of a ClickHouse of the user's.</summary>
internal sealed class StorageSettings(SettingsReader reader, bool hasLocalNode)
{
    private const string PolicySetting = "Storage:Policy";
    private const string PathSetting = "Storage:ColdPath";
    private const string EndpointSetting = "Storage:ColdS3Endpoint";
    private const string AccessKeySetting = "Storage:ColdS3AccessKey";
    private const string SecretKeySetting = "Storage:ColdS3SecretKey";
    private const string CodecSetting = "Storage:Codec";

    /// <summary>The local node's second disk; null for none.</summary>
    public ColdDisk? Cold()
    {
        var path = reader.Text(PathSetting, PathSetting);
        var endpoint = reader.Text(EndpointSetting, EndpointSetting);
        var keys = new BucketKeys(reader, AccessKeySetting, SecretKeySetting);
        if (!hasLocalNode && (path ?? endpoint) is { } remote)
        {
            throw new SettingsException(
                path is null ? EndpointSetting : PathSetting, remote,
                $"it is for the local node; with a ClickHouse of yours its own configuration has the disks, and {PolicySetting} names the policy");
        }

        if (path is not null && endpoint is not null)
        {
            throw new SettingsException(EndpointSetting, endpoint, $"{PathSetting} is set as well; set one of the two");
        }

        return path is not null ? new ColdDisk { Path = path }
            : endpoint is not null ? new ColdDisk { S3Endpoint = BucketAddress.Of(EndpointSetting, endpoint), AccessKey = keys.Access, SecretKey = keys.Secret }
            : null;
    }

    public StorageOptions Options(ColdDisk? cold)
    {
        var defaults = new StorageOptions();
        var policy = reader.Text(PolicySetting, PolicySetting);
        if (policy is not null && hasLocalNode)
        {
            throw new SettingsException(PolicySetting, policy, $"it is for a ClickHouse of yours; the local node has {PathSetting} and {EndpointSetting}");
        }

        if (policy is not null && !(policy.Length <= 64 && policy.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')))
        {
            throw new SettingsException(PolicySetting, policy, "it must be 1 to 64 letters, digits, underscores or hyphens");
        }

        return new StorageOptions
        {
            Policy = cold is null ? policy : LocalNode.TieredPolicy,
            ColdAfterDays = (int)reader.Number("Storage:ColdAfterDays", defaults.ColdAfterDays, 0, 36_500),
            Codec = Codec(defaults.Codec),
        };
    }

    /// <summary>As they are shown, without the keys.</summary>
    public static JsonObject Describe(ServerSettings settings) => new()
    {
        ["Policy"] = settings.Storage.Policy,
        ["ColdPath"] = settings.Node.Cold?.Path,
        ["ColdS3Endpoint"] = settings.Node.Cold?.S3Endpoint?.ToString(),
        ["ColdS3AccessKey"] = settings.Node.Cold?.AccessKey is null ? null : ServerSettings.Masked,
        ["ColdS3SecretKey"] = settings.Node.Cold?.SecretKey is null ? null : ServerSettings.Masked,
        ["ColdAfterDays"] = settings.Storage.ColdAfterDays,
        ["Codec"] = settings.Storage.Codec,
    };

    private string Codec(string fallback)
    {
        var codec = reader.Text(CodecSetting, CodecSetting) ?? fallback;
        return codec == "LZ4" || Enumerable.Range(1, 22).Any(level => codec == $"ZSTD({level})")
            ? codec
            : throw new SettingsException(CodecSetting, codec, "it must be LZ4, or ZSTD(1) to ZSTD(22)");
    }
}
