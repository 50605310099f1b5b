using KGuardian.ClickHouse.Client;

namespace KGuardian.Analytics.Diagnosis;

/// <summary>One thing that the doctor looks at. Says that it is well, too, with the numbers that show it.</summary>
/// <param name="name">Its name, in findings.</param>
internal abstract class Check(string name)
{
    /// <summary>Statistics come from memory; what takes longer is a sign of its own.</summary>
    private static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(5);

    /// <summary>Its name, in findings.</summary>
    public string Name => name;

    /// <summary>Whether it asks ClickHouse about a store of its own.</summary>
    public virtual bool NeedsStore => true;

    /// <summary>Looks; at least one finding.</summary>
    /// <exception cref="ClickHouseException">ClickHouse does not answer, or its user may not ask this.</exception>
    public abstract Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken);

    /// <summary>All is well.</summary>
    protected Finding Ok(string what, params ReadOnlySpan<(string Name, object? Value)> evidence) => Of(Severity.Ok, what, null, evidence);

    /// <summary>Something will not work for long.</summary>
    protected Finding Warning(string what, string todo, params ReadOnlySpan<(string Name, object? Value)> evidence) =>
        Of(Severity.Warning, what, todo, evidence);

    /// <summary>Something does not work.</summary>
    protected Finding Error(string what, string todo, params ReadOnlySpan<(string Name, object? Value)> evidence) => Of(Severity.Error, what, todo, evidence);

    /// <summary>A query of system tables about the store's database, <c>{database:String}</c>.</summary>
    protected static ClickHouseQuery Ask(ClickHouseClient client, string sql) =>
        new ClickHouseQuery(sql) { Database = "default", TimeLimit = TimeLimit }.With("database", client.Database);

    /// <summary>Bytes as people read them.</summary>
    protected static string Size(double bytes) => bytes switch
    {
        >= 1L << 40 => $"{bytes / (1L << 40):0.0} TiB",
        >= 1 << 30 => $"{bytes / (1 << 30):0.0} GiB",
        >= 1 << 20 => $"{bytes / (1 << 20):0.0} MiB",
        _ => $"{bytes / (1 << 10):0.0} KiB",
    };

    private Finding Of(Severity severity, string what, string? todo, ReadOnlySpan<(string Name, object? Value)> evidence)
    {
        var values = new Dictionary<string, object?>();
        foreach (var (key, value) in evidence)
        {
            values[key] = value;
        }

        return new Finding(name, severity, what, todo) { Evidence = values };
    }
}
