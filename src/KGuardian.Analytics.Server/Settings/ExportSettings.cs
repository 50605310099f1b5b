using System.Text.Json.Nodes;
using KGuardian.Analytics.Exports;
using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings <c>Exports:*</c>.</summary>
internal sealed class ExportSettings(SettingsReader reader)
{
    private const string EndpointSetting = "Exports:S3Endpoint";
    private const string AccessKeySetting = "Exports:S3AccessKey";
    private const string SecretKeySetting = "Exports:S3SecretKey";
    private const string RegionSetting = "Exports:S3Region";

    public ExportOptions Options()
    {
        var defaults = new ExportOptions();
        return new ExportOptions
        {
            Enabled = reader.Flag("Exports:Enabled", defaults.Enabled),
            MaxBytes = reader.Number("Exports:MaxBytes", defaults.MaxBytes, 1L << 20, 1L << 50),
            TimeLimit = reader.Time("Exports:TimeLimit", defaults.TimeLimit),
            Bucket = Bucket(),
        };
    }

    /// <summary>The section of the report.</summary>
    public static JsonObject Describe(ExportOptions options) => new()
    {
        ["Enabled"] = options.Enabled,
        ["MaxBytes"] = options.MaxBytes,
        ["TimeLimit"] = options.TimeLimit.ToString("c"),
        ["S3Endpoint"] = options.Bucket?.Endpoint.ToString(),
        ["S3Region"] = options.Bucket?.Region,
        ["S3AccessKey"] = options.Bucket?.AccessKey is null ? null : ServerSettings.Masked,
        ["S3SecretKey"] = options.Bucket?.SecretKey is null ? null : ServerSettings.Masked,
    };

    private BucketOptions? Bucket()
    {
        var endpoint = reader.Text(EndpointSetting, EndpointSetting);
        var region = reader.Text(RegionSetting, RegionSetting);
        var keys = new BucketKeys(reader, AccessKeySetting, SecretKeySetting);
        if (endpoint is null)
        {
            return (region is not null ? RegionSetting : keys.First) is { } lonely
                ? throw new SettingsException(lonely, null, $"it is for a bucket, and {EndpointSetting} names none")
                : null;
        }

        return region is null || (region.Length <= 64 && region.All(c => char.IsAsciiLetterOrDigit(c) || c == '-'))
            ? new BucketOptions(BucketAddress.Of(EndpointSetting, endpoint), region ?? BucketOptions.UsualRegion)
            {
                AccessKey = keys.Access,
                SecretKey = keys.Secret,
            }
            : throw new SettingsException(RegionSetting, region, "it must be 1 to 64 letters, digits or hyphens, as eu-central-1");
    }
}
