namespace KGuardian.Analytics.Server.Import;

/// <summary>Something that can be imported, and how it is sent.</summary>
/// <param name="Name">What it is called in states and reports.</param>
/// <param name="Route">Where it is posted to.</param>
/// <param name="MostRows">Rows of a request.</param>
internal sealed record ImportTable(string Name, string Route, int MostRows)
{
    /// <summary>Bytes of a request's body, nearly; a larger row goes alone. With five requests that are made or on their way 20 MiB.</summary>
    public const int MostBytes = 4 << 20;

    private const string Base = "/api/v1/admin/import";

    /// <summary>Flows: 5,000 have 1.7 MB.</summary>
    public static readonly ImportTable Flows = new("flows", $"{Base}/flows", 5_000);

    /// <summary>Pods; the server takes 1,000 of this and the others at once.</summary>
    public static readonly ImportTable Pods = new("pods", $"{Base}/pods", 500);

    /// <summary>Services.</summary>
    public static readonly ImportTable Services = new("services", $"{Base}/services", 500);

    /// <summary>System calls.</summary>
    public static readonly ImportTable Syscalls = new("syscalls", $"{Base}/syscalls", 500);

    /// <summary>Audit verdicts.</summary>
    public static readonly ImportTable Verdicts = new("verdicts", $"{Base}/verdicts", 1_000);

    /// <summary>The route that says what an import goes into.</summary>
    public static string Target => Base;
}
