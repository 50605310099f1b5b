using KGuardian.ClickHouse;

namespace KGuardian.Analytics.Store;

/// <summary>What this product's settings are called by which KGuardian.ClickHouse is configured.</summary>
internal static class StoreSettingNames
{
    /// <summary>To be called before anything of KGuardian.ClickHouse is used.</summary>
    public static void Use() => SettingNames.Use(new Dictionary<string, string>
    {
        [nameof(SettingNames.Url)] = "KGUARDIAN_CLICKHOUSE_URL",
        [nameof(SettingNames.Endpoints)] = "ClickHouse:Endpoints",
        [nameof(SettingNames.Cluster)] = "ClickHouse:Cluster",
        [nameof(SettingNames.Database)] = "ClickHouse:Database",
        [nameof(SettingNames.CaFile)] = "ClickHouse:CaFile",
        [nameof(SettingNames.TlsServerName)] = "ClickHouse:TlsServerName",
        [nameof(SettingNames.ClientCertificateFile)] = "ClickHouse:ClientCertificateFile",
        [nameof(SettingNames.ClientKeyFile)] = "ClickHouse:ClientKeyFile",
        [nameof(SettingNames.DataDirectory)] = "KGUARDIAN_DATA_DIR",
        [nameof(SettingNames.ColdPath)] = "Storage:ColdPath",
        [nameof(SettingNames.ColdS3Endpoint)] = "Storage:ColdS3Endpoint",
        [nameof(SettingNames.ColdAfterDays)] = "Storage:ColdAfterDays",
    });
}
