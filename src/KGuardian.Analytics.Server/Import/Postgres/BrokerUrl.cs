using KGuardian.Analytics.Server.Client;
using Npgsql;

namespace KGuardian.Analytics.Server.Import.Postgres;

/// <summary>Where a PostgreSQL is: a URL as the broker's own DATABASE_URL, or Npgsql's <c>Host=…;Database=…</c>.</summary>
internal static class BrokerUrl
{
    /// <summary>The connection string of what was given.</summary>
    /// <exception cref="UsageException">It is neither. The text is not repeated: it may hold a password.</exception>
    public static string Read(string text)
    {
        const string Form = "--from must look like postgres://user@host:5432/database, or Host=…;Username=…;Database=…";
        try
        {
            if (!text.Contains("://", StringComparison.Ordinal))
            {
                var given = new NpgsqlConnectionStringBuilder(text);
                return given.Host?.Length > 0 ? given.ConnectionString : throw new UsageException(Form);
            }

            if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("postgres" or "postgresql"))
            {
                throw new UsageException(Form);
            }

            var connection = new NpgsqlConnectionStringBuilder
            {
                Host = url.Host.Trim('[', ']'),
                Port = url.Port > 0 ? url.Port : NpgsqlConnection.DefaultPort,
            };
            var user = url.UserInfo.Split(':', 2);
            connection.Username = user[0].Length > 0 ? Uri.UnescapeDataString(user[0]) : connection.Username;
            connection.Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : connection.Password;
            connection.Database = url.AbsolutePath.Trim('/') is { Length: > 0 } database ? Uri.UnescapeDataString(database) : connection.Database;
            foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
            {
                var (name, value) = pair.Split('=', 2) is [var left, var right] ? (left, Uri.UnescapeDataString(right)) : (pair, "");
                // libpq's name of it; the others are Npgsql's own.
                connection[name == "sslmode" ? "SSL Mode" : name] = name == "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
            }

            return connection.ConnectionString;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or KeyNotFoundException)
        {
            throw new UsageException(Form);
        }
    }
}
