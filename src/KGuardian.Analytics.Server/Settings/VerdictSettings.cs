using System.Globalization;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Verdicts;

namespace KGuardian.Analytics.Server.Settings;

/// <summary>The settings <c>Verdicts:*</c>, and the names that kguardian's broker has for two of them.</summary>
internal sealed class VerdictSettings(SettingsReader reader)
{
    private const string Url = "Verdicts:EvaluatorUrl";
    private const string BrokerUrl = "EVALUATOR_URL";
    private const string BrokerPermits = "AUDIT_INFLIGHT_PERMITS";
    private const int MostPermits = 1024;

    public VerdictOptions Options()
    {
        var defaults = new VerdictOptions();
        return new VerdictOptions
        {
            EvaluatorUrl = EvaluatorUrl(),
            Timeout = reader.Time("Verdicts:Timeout", defaults.Timeout),
            MaxInFlight = (int)reader.Number("Verdicts:MaxInFlight", Permits(defaults.MaxInFlight), 1, MostPermits),
            MaxQueuedFlows = (int)reader.Number("Verdicts:MaxQueuedFlows", defaults.MaxQueuedFlows, 1, 100_000),
        };
    }

    /// <summary>Ours, else the broker's: charts set both to move over.</summary>
    private Uri? EvaluatorUrl()
    {
        var (ours, brokers) = (reader.Text(Url, Url), reader.Text(BrokerUrl, BrokerUrl));
        return (ours ?? brokers) is not { } text ? null
            : Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0
                && url.Fragment.Length == 0
            ? url
            : throw new SettingsException(
                ours is null ? BrokerUrl : Url, text.Contains('@', StringComparison.Ordinal) ? "(with user info)" : text,
                "it must look like http://evaluator:9090, without user info, query and fragment; /evaluate below it is asked");
    }

    /// <summary>An empty variable is how charts leave one out.</summary>
    private int Permits(int fallback) =>
        reader.Text(BrokerPermits, BrokerPermits) is not { } text ? fallback
            : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var permits) && permits is >= 1 and <= MostPermits ? permits
            : throw new SettingsException(BrokerPermits, text, $"it must be a whole number from 1 to {MostPermits}");
}
