using System.Text.Json.Nodes;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings <c>Traffic:*</c>.</summary>
internal sealed class TrafficSettings(SettingsReader reader)
{
    private const string ContractSetting = "Traffic:Contract";
    private const string LimitSetting = "Traffic:DefaultLimit";

    private static readonly (string Name, TrafficContract Contract)[] Contracts =
        [("documented", TrafficContract.Documented), ("upstream-2026-09", TrafficContract.Upstream202609)];

    public TrafficOptions Options()
    {
        var contract = Contract();
        var limit = reader.Text(LimitSetting, LimitSetting) is null ? (long?)null : reader.Number(LimitSetting, 0, 1, long.MaxValue);
        return contract == TrafficContract.Documented || limit is null or <= TrafficOptions.MostUpstreamRows
            ? new TrafficOptions { Contract = contract, DefaultLimit = limit }
            : throw new SettingsException(
                LimitSetting, $"{limit}", $"with {ContractSetting} = upstream-2026-09 it must be a whole number from 1 to {TrafficOptions.MostUpstreamRows}");
    }

    /// <summary>The section of the report.</summary>
    public static JsonObject Describe(TrafficOptions options) => new()
    {
        ["Contract"] = Contracts.Single(known => known.Contract == options.Contract).Name,
        ["DefaultLimit"] = options.RowsOf(null),
    };

    private TrafficContract Contract() =>
        reader.Text(ContractSetting, ContractSetting) is not { } text ? TrafficContract.Documented
            : Contracts.FirstOrDefault(known => known.Name == text) is { Name: not null } found ? found.Contract
            : throw new SettingsException(ContractSetting, text, $"it must be one of {string.Join(", ", Contracts.Select(known => known.Name))}");
}
