namespace KGuardian.ClickHouse.Endpoints;

/// <summary>Where a ClickHouse server's HTTP interface is, and who asks.</summary>
/// <param name="Url">Scheme (http or https), host and port; no path, no user info.</param>
/// <param name="User">ClickHouse user name.</param>
/// <param name="Password">Its password; empty for none. Never logged.</param>
internal sealed record ClickHouseEndpoint(Uri Url, string User, string Password)
{
    /// <summary>File that <see cref="User"/> was read from; it is read again when it changes. Null: it does not change.</summary>
    public string? UserFile { get; init; }

    /// <summary>File that <see cref="Password"/> was read from; it is read again when it changes. Null: it does not change.</summary>
    public string? PasswordFile { get; init; }

    /// <summary>The address without the password, for logs and errors.</summary>
    public override string ToString() => $"{User}@{Url}";
}
