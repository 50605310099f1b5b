using System.Globalization;
using KGuardian.Analytics.Query;
using KGuardian.ClickHouse.Client;
using Microsoft.AspNetCore.RateLimiting;

namespace KGuardian.Analytics.Server.Limits;

/// <summary>The setting that ended a query.</summary>
internal sealed record QueryLimit(string Setting, string Value)
{
    /// <summary>Whether it is about time.</summary>
    public bool IsTime { get; private init; }

    /// <summary>The limit that a query went over; null when it failed for another reason.</summary>
    public static QueryLimit? ExceededBy(ClickHouseException failure, HttpContext context)
    {
        var query = context.RequestServices.GetRequiredService<QueryOptions>();
        var client = context.RequestServices.GetRequiredService<ClickHouseClientOptions>();
        // What clients may ask much of is limited by Query:*, the server's own questions by ClickHouse:*.
        var isQuery = context.GetEndpoint()?.Metadata.GetMetadata<EnableRateLimitingAttribute>() is not null;
        return failure.Code switch
        {
            ClickHouseErrorCodes.TimeoutExceeded or ClickHouseErrorCodes.TooSlow => isQuery
                ? new("Query:TimeLimit", Text(query.TimeLimit)) { IsTime = true }
                : new("ClickHouse:TimeLimit", Text(client.TimeLimit)) { IsTime = true },
            // Memory of all queries together is no fault of this one: it may be tried again.
            ClickHouseErrorCodes.MemoryLimitExceeded when !failure.Text.Contains("(total)", StringComparison.Ordinal) => isQuery
                ? new("Query:MemoryLimitBytes", Text(query.MemoryLimitBytes))
                : new("ClickHouse:MemoryLimitBytes", Text(client.MemoryLimitBytes)),
            // Limits that only a ClickHouse server of the user's can have, in the profile of its user.
            ClickHouseErrorCodes.TooManyRows => new("max_rows_to_read or max_result_rows", "as ClickHouse is configured"),
            ClickHouseErrorCodes.TooManyBytes => new("max_bytes_to_read or max_result_bytes", "as ClickHouse is configured"),
            ClickHouseErrorCodes.TooManyRowsOrBytes => new("max_result_rows or max_result_bytes", "as ClickHouse is configured"),
            _ => null,
        };
    }

    private static string Text(TimeSpan time) => time.ToString("c", CultureInfo.InvariantCulture);

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
