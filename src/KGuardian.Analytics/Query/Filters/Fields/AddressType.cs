using System.Globalization;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Filters.Sql;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>
/// Addresses, stored as agents wrote them. Equality and prefixes compare the address, so that every spelling of an IPv6 address matches;
/// contains and startsWith compare the text. Stored text that is no address equals none.
/// </summary>
/// <remarks>
/// The address of a text is ClickHouse's <c>toIPv6OrNull</c> of what is before a zone id (<c>%eth0</c>): IPv4 becomes ::ffff:a.b.c.d, garbage NULL;
/// it runs once for each entry of the column's dictionary. Conditions on the text's start come first, only to let the primary key skip: an IPv4
/// address begins with its octets, an IPv4-mapped one with ':' or '0', an IPv6 address with its first hexadecimal digit unless that is 0.
/// </remarks>
/// <param name="isKey">Whether the column leads the primary key; others have an index of their addresses.</param>
internal sealed class AddressType(bool isKey) : FieldType
{
    public override IReadOnlyList<FilterOperator> Operators => FilterOperators.Text;

    public override int Cost(IReadOnlyList<string> values) => 4 + (4 * values.Count(value => value.Contains('/', StringComparison.Ordinal)));

    public override string Expected(FilterOperator op) => op switch
    {
        FilterOperator.Contains or FilterOperator.StartsWith => "a text that is not empty",
        FilterOperator.In or FilterOperator.NotIn => "an IP address or a prefix such as 10.0.0.0/8",
        _ => "an IP address",
    };

    public override string? Canonical(FilterOperator op, string value, DateTimeOffset now)
    {
        if (op is FilterOperator.Contains or FilterOperator.StartsWith)
        {
            return IsEmptyPart(op, value) ? null : value;
        }

        return IpPrefix.TryParse(value, out var prefix) && (prefix.IsAddress || op.TakesList()) ? prefix.ToString() : null;
    }

    public override string Sql(FilterSqlWriter sql, string column, FilterOperator op, IReadOnlyList<string> values)
    {
        if (op is not (FilterOperator.Equal or FilterOperator.In))
        {
            return TextSql(sql, column, op, values)!;
        }

        var prefixes = values
            .Select(value => IpPrefix.TryParse(value, out var prefix) ? prefix : throw new ArgumentException("not canonical", nameof(values)))
            .ToList();
        var addresses = prefixes.FindAll(prefix => prefix.IsAddress);
        var conditions = prefixes.Where(prefix => !prefix.IsAddress).Select(prefix => Range(sql, column, prefix)).ToList();
        if (addresses.Count > 0)
        {
            conditions.Add(isKey ? KeyAddresses(sql, column, addresses) : Addresses(sql, column, addresses));
        }

        return $"({string.Join(" OR ", conditions)})";
    }

    private static string KeyAddresses(FilterSqlWriter sql, string column, List<IpPrefix> addresses)
    {
        var v4 = addresses.FindAll(address => address.IsIPv4);
        var v6 = addresses.FindAll(address => !address.IsIPv4);
        var conditions = new List<string>();
        if (v4.Count > 0)
        {
            conditions.Add($"{column} IN ({sql.BindList(Texts(v4))}) OR ({MappedStart(column)} AND {Addresses(sql, column, v4)})");
        }

        if (v6.Count > 0)
        {
            // Lists of different beginnings are not worth more conditions.
            var start = v6.TrueForAll(address => address.First >> 124 == v6[0].First >> 124) ? Start(sql, column, v6[0]) : null;
            conditions.Add(start is null ? Addresses(sql, column, v6) : $"({start} AND {Addresses(sql, column, v6)})");
        }

        return $"({string.Join(" OR ", conditions)})";
    }

    // Without its zone id, which belongs to the notation. In a toString it is the expression of peer_address_index, to the letter.
    private static string AddressOf(string column) => $"toIPv6OrNull(substringIndex({column}, '%', 1))";

    private static string Addresses(FilterSqlWriter sql, string column, IEnumerable<IpPrefix> addresses) =>
        $"toString({AddressOf(column)}) IN (CAST({sql.BindList(Texts(addresses), "IPv6")}, 'Array(String)'))";

    private static IEnumerable<string> Texts(IEnumerable<IpPrefix> addresses) => addresses.Select(address => address.ToString());

    private static string Range(FilterSqlWriter sql, string column, IpPrefix prefix)
    {
        var first = sql.Bind(prefix.Text(prefix.First));
        var range = $"{AddressOf(column)} BETWEEN toIPv6({first}) AND toIPv6({sql.Bind(prefix.Text(prefix.Last))})";
        if (prefix.SurroundsIPv4)
        {
            range += $" AND NOT {AddressOf(column)} BETWEEN toIPv6('0.0.0.0') AND toIPv6('255.255.255.255')";
        }

        return Start(sql, column, prefix) is { } start ? $"({start} AND {range})" : $"({range})";
    }

    private static string? Start(FilterSqlWriter sql, string column, IpPrefix prefix)
    {
        if (prefix.IsIPv4)
        {
            var octets = string.Concat(prefix.Text(prefix.First).Split('.').Take(prefix.Bits / 8).Select(octet => octet + "."));
            return octets.Length == 0 ? null : $"(startsWith({column}, {sql.Bind(octets)}) OR {MappedStart(column)})";
        }

        var digit = (int)(prefix.First >> 124);
        if (prefix.Bits < 4 || digit == 0)
        {
            return null;
        }

        var text = digit.ToString("x", CultureInfo.InvariantCulture);
        return digit < 10
            ? $"startsWith({column}, {sql.Bind(text)})"
            : $"(startsWith({column}, {sql.Bind(text)}) OR startsWith({column}, {sql.Bind(text.ToUpperInvariant())}))";
    }

    private static string MappedStart(string column) => $"(startsWith({column}, ':') OR startsWith({column}, '0'))";
}
