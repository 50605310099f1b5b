namespace KGuardian.ClickHouse;

/// <summary>
/// What the users of a program call this library's options: its errors say which setting to look at. A program has one vocabulary and gives it once,
/// before it uses anything else of the library; options without an entry go by their own name.
/// </summary>
internal static class SettingNames
{
    private static IReadOnlyDictionary<string, string> _names = new Dictionary<string, string>();

    /// <summary>The addresses of ClickHouse.</summary>
    public static string Endpoints => Of(nameof(Endpoints));

    /// <summary>One address of ClickHouse, for a program without a local node.</summary>
    public static string Url => Of(nameof(Url));

    /// <summary>The name of the cluster.</summary>
    public static string Cluster => Of(nameof(Cluster));

    /// <summary>See <see cref="Client.ClickHouseClientOptions.Database"/>.</summary>
    public static string Database => Of(nameof(Database));

    /// <summary>See <see cref="Client.ClickHouseClientOptions.CaFile"/>.</summary>
    public static string CaFile => Of(nameof(CaFile));

    /// <summary>See <see cref="Client.ClickHouseClientOptions.TlsServerName"/>.</summary>
    public static string TlsServerName => Of(nameof(TlsServerName));

    /// <summary>See <see cref="Client.ClickHouseClientOptions.ClientCertificateFile"/>.</summary>
    public static string ClientCertificateFile => Of(nameof(ClientCertificateFile));

    /// <summary>See <see cref="Client.ClickHouseClientOptions.ClientKeyFile"/>.</summary>
    public static string ClientKeyFile => Of(nameof(ClientKeyFile));

    /// <summary>See <see cref="Node.LocalNodeOptions.DataDirectory"/>.</summary>
    public static string DataDirectory => Of(nameof(DataDirectory));

    /// <summary>See <see cref="Node.ColdDisk.Path"/>.</summary>
    public static string ColdPath => Of(nameof(ColdPath));

    /// <summary>See <see cref="Node.ColdDisk.S3Endpoint"/>.</summary>
    public static string ColdS3Endpoint => Of(nameof(ColdS3Endpoint));

    /// <summary>After how many days data moves to the cold disk; 0 moves it back.</summary>
    public static string ColdAfterDays => Of(nameof(ColdAfterDays));

    /// <summary>Gives the vocabulary: the names of this class' properties with those of the program's settings.</summary>
    public static void Use(IReadOnlyDictionary<string, string> names) => _names = names;

    private static string Of(string option) => _names.GetValueOrDefault(option, option);
}
