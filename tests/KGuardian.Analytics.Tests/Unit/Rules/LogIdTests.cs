using System.Reflection;
using KGuardian.Analytics.Ingest.Tier;
using KGuardian.Analytics.Server.Commands;
using KGuardian.ClickHouse.Client;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Tests.Unit.Rules;

/// <summary>Operators act on the number of a log line: each is of one message, and lies in the range of the component that writes it.</summary>
public sealed class LogIdTests
{
    /// <summary>The ranges, by namespace below KGuardian, or one above theirs; a component that is new gets one of its own, from 1800 on.</summary>
    private static readonly (int First, int Last, string[] Components)[] Ranges =
    [
        (1000, 1049, ["ClickHouse.Node"]),
        (1050, 1099, ["Analytics.Server.Startup"]),
        (1100, 1199, ["ClickHouse", "Analytics.Store"]),
        (1200, 1299, ["Analytics.Ingest"]),
        (1300, 1399, ["Analytics.Server.Api", "Analytics.Server.Hosting"]),
        (1400, 1409, ["Analytics.Retention"]),
        (1410, 1419, ["Analytics.Ingest"]), // clearing
        (1420, 1429, ["Analytics.AdminAudit"]),
        (1430, 1439, ["Analytics.Server.Auth"]),
        (1440, 1449, ["Analytics.Server.Api"]), // the log of administrative acts
        (1450, 1459, ["Analytics.Server.Metrics"]),
        (1470, 1479, ["Analytics.Storage"]),
        (1500, 1509, ["Analytics.Backups", "Analytics.Server.Backups"]),
        (1510, 1519, ["Analytics.Server.Commands"]),
        (1600, 1699, ["Analytics.Clocks"]),
        (1700, 1739, ["Analytics.Inventory"]),
        (1740, 1754, ["Analytics.Verdicts"]),
        (1755, 1769, ["Analytics.Upstream"]),
        (1800, 1809, ["Analytics.SecureEvents"]),
        (1850, 1869, ["Analytics.Forwarding"]),
        (1900, 1919, ["Analytics.Exports"]),
        (1950, 1959, ["Analytics.Rollups"]),
    ];

    private static readonly (int Id, string Component, string Method, string Row)[] Messages =
    [
        .. from assembly in new[] { typeof(ClickHouseClient).Assembly, typeof(IngestTier).Assembly, typeof(CommandLine).Assembly }
           from type in assembly.GetTypes()
           from method in type.GetMethods(
               BindingFlags.DeclaredOnly | BindingFlags.Static | BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
           let message = method.GetCustomAttribute<LoggerMessageAttribute>()
           where message is not null
           let component = type.Namespace!["KGuardian.".Length..]
           select (message.EventId, component, $"{type.Name}.{method.Name}",
               $"| {message.EventId} | {(message.Level == LogLevel.None ? "any" : message.Level)} | {component} "
               + $"| {message.Message.Replace("|", "\\|", StringComparison.Ordinal)} |"),
    ];

    [Fact]
    public void Id_of_a_log_message_is_its_own()
    {
        Assert.True(Messages.Length >= 80, $"{Messages.Length} messages were found");
        Assert.Empty(Messages.GroupBy(message => message.Id).Where(same => same.Count() > 1)
            .Select(same => $"{same.Key}: {string.Join(", ", same.Select(message => message.Method))}"));
    }

    [Fact]
    public void Id_of_a_log_message_lies_in_the_range_of_its_component() =>
        Assert.DoesNotContain(Messages, message => !Ranges.Any(range =>
            message.Id >= range.First && message.Id <= range.Last
            && range.Components.Any(component => $"{message.Component}.".StartsWith($"{component}.", StringComparison.Ordinal))));

    /// <summary>Operators look a line's number up. A failure shows the rows that are missing, to be put where they belong.</summary>
    [Fact]
    public void Table_of_log_lines_has_each_with_its_level_and_text()
    {
        var rows = File.ReadLines(Repository.At("deploy", "log.md")).Where(line => line.StartsWith("| 1", StringComparison.Ordinal)).ToArray();

        Assert.Equal("", string.Join('\n', Messages.Select(message => message.Row).Except(rows)));
        Assert.Equal("", string.Join('\n', rows.Except(Messages.Select(message => message.Row))));
        Assert.Equal(rows.Order(StringComparer.Ordinal), rows);
    }

    [Fact]
    public void Ranges_do_not_overlap() =>
        Assert.All(Ranges.Zip(Ranges.Skip(1)), pair => Assert.True(pair.First.Last < pair.Second.First, $"{pair.First} {pair.Second}"));
}
