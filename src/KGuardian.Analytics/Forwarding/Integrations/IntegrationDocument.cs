using System.Text.Json;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Query.Filters.Language;

namespace KGuardian.Analytics.Forwarding.Integrations;

/// <summary>
/// Reads what administrators write about integrations. Names of members may have any case; what is read only is ignored, so that the answer of a GET can be
/// sent back. What is wrong is an <see cref="IntegrationException"/>.
/// </summary>
/// <param name="channels">The channels that there are.</param>
internal sealed class IntegrationDocument(IReadOnlyList<EventChannel> channels)
{
    private const int LongestName = 100;

    private static readonly string[] Known = ["name", "type", "enabled", "channels", "filter", "startFrom", "connectionInfo"];
    private static readonly string[] ReadOnly = ["id", "customerId", "state", "secretsSet"];

    /// <summary>Reads a new integration, or a change of one.</summary>
    /// <param name="body">The document.</param>
    /// <param name="before">The integration that is changed; null for a new one.</param>
    /// <param name="now">What relative times of filters count from.</param>
    /// <exception cref="IntegrationException">It cannot be taken.</exception>
    public Integration Read(JsonElement body, Integration? before, DateTimeOffset now)
    {
        try
        {
            return ReadText(body, before, now);
        }
        catch (InvalidOperationException)
        {
            // Half of a surrogate pair, such as "\ud800", in a value or a name.
            throw new IntegrationException("body", "holds a text that is none", "Unicode");
        }
    }

    private Integration ReadText(JsonElement body, Integration? before, DateTimeOffset now)
    {
        var members = Members(body, "body", [.. Known, .. ReadOnly]);
        var type = Word("type", Integration.Types, before?.Type) ?? throw Missing("type", string.Join(", ", Integration.Types));
        var integration = new Integration
        {
            Id = before?.Id ?? 0,
            Name = Text("name", LongestName) ?? before?.Name ?? throw Missing("name", $"1 to {LongestName} characters"),
            Type = before is null || before.Type == type ? type : throw new IntegrationException("type", "cannot be changed", before.Type),
            Enabled = Flag("enabled") ?? before?.Enabled ?? true,
            Channels = Channels() ?? before?.Channels ?? [channels[0].Name],
            Filter = Text("filter", FilterLimits.TextLength, orEmpty: true) ?? before?.Filter ?? "",
            StartFrom = Word("startFrom", [Integration.FromNow, Integration.FromOldest], before?.StartFrom) ?? Integration.FromNow,
            Connection = members.TryGetValue("connectionInfo", out var connection)
                ? Merge(connection, before?.Connection)
                : before?.Connection ?? throw Missing("connectionInfo", "an object with ServiceURL"),
        };
        if (before is not null && before.StartFrom != integration.StartFrom)
        {
            throw new IntegrationException("startFrom", "counts at the creation only", before.StartFrom);
        }

        CheckFilter(integration, now);
        ConnectionCheck.Check(integration);
        return integration;

        string? Text(string name, int longest, bool orEmpty = false) =>
            !members.TryGetValue(name, out var value) ? null
            : value.ValueKind == JsonValueKind.String && value.GetString() is { } text && text.Length <= longest && (orEmpty || text.Trim().Length > 0)
                && !text.Any(char.IsControl) ? text
            : throw new IntegrationException(name, "cannot be taken", $"a text of {(orEmpty ? 0 : 1)} to {longest} characters without control characters");

        string? Word(string name, IReadOnlyList<string> words, string? fallback) =>
            !members.TryGetValue(name, out var value) ? fallback
            : value.ValueKind == JsonValueKind.String && words.Contains(value.GetString()) ? value.GetString()
            : throw new IntegrationException(name, "is not a known word", string.Join(", ", words));

        bool? Flag(string name) =>
            !members.TryGetValue(name, out var value) ? null
            : value.ValueKind is JsonValueKind.True or JsonValueKind.False ? value.GetBoolean()
            : throw new IntegrationException(name, "cannot be taken", "true or false");

        IReadOnlyList<string>? Channels()
        {
            var names = channels.Select(channel => channel.Name).ToArray();
            return !members.TryGetValue("channels", out var value) ? null
                : value.ValueKind == JsonValueKind.Array && value.GetArrayLength() > 0
                    && value.EnumerateArray().All(name => name.ValueKind == JsonValueKind.String && names.Contains(name.GetString()))
                    && value.EnumerateArray().Select(name => name.GetString()).Distinct().Count() == value.GetArrayLength()
                    ? [.. value.EnumerateArray().Select(name => name.GetString()!)]
                : throw new IntegrationException("channels", "cannot be taken", $"a list of different ones of {string.Join(", ", names)}, at least one");
        }
    }

    private static ConnectionInfo Merge(JsonElement document, ConnectionInfo? before)
    {
        var merged = before?.Members.ToDictionary() ?? [];
        foreach (var (name, value) in Members(document, "connectionInfo", [.. ConnectionMember.All.Select(member => member.Name)]))
        {
            var member = ConnectionMember.All.First(known => known.Name == name);
            if (value.ValueKind == JsonValueKind.Null || (value.ValueKind == JsonValueKind.String && value.GetString()!.Length == 0)
                || (value.ValueKind == JsonValueKind.Object && !value.EnumerateObject().Any()))
            {
                merged.Remove(name);
            }
            else if (member.IsTaken(value))
            {
                merged[name] = value.Clone();
            }
            else
            {
                throw new IntegrationException($"connectionInfo.{name}", "cannot be taken", member.Allowed);
            }
        }

        return new ConnectionInfo(merged);
    }

    private static Dictionary<string, JsonElement> Members(JsonElement document, string what, string[] known)
    {
        if (document.ValueKind != JsonValueKind.Object)
        {
            throw new IntegrationException(what, "is no object", $"an object of {string.Join(", ", known)}");
        }

        var members = new Dictionary<string, JsonElement>();
        foreach (var member in document.EnumerateObject())
        {
            // Values are not told: what has a wrong name may be a secret.
            var name = known.FirstOrDefault(name => name.Equals(member.Name, StringComparison.OrdinalIgnoreCase))
                ?? throw new IntegrationException(
                    member.Name, $"is no member of {what}{(NearestName.Of(member.Name, known) is { } nearest ? $", did you mean {nearest}?" : "")}",
                    string.Join(", ", known));
            if (!members.TryAdd(name, member.Value))
            {
                throw new IntegrationException(name, "is there twice", "each member once");
            }
        }

        return members;
    }

    private void CheckFilter(Integration integration, DateTimeOffset now)
    {
        foreach (var channel in channels.Where(channel => integration.Channels.Contains(channel.Name)))
        {
            try
            {
                channel.ParseFilter(integration.Filter, now);
            }
            catch (FilterException e)
            {
                throw new IntegrationException("filter", $"cannot be read for {channel.Name}: {e.Message}", e.Expected);
            }
        }
    }

    private static IntegrationException Missing(string name, string allowed) => new(name, "is missing", allowed);
}
