using System.Text.Json;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Integrations;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Forwarding.Targets;

/// <summary>Sends one event that says that it is a test, and waits for what comes back.</summary>
internal static class TargetTest
{
    /// <summary>Longest wait.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    /// <summary>Sends it; returns what came back, for people.</summary>
    /// <exception cref="TargetException">It was not delivered.</exception>
    public static async Task<string> RunAsync(
        Integration integration, TargetAddresses addresses, string hostName, TimeProvider clock, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        await using var target = EventTarget.Of(integration, addresses, hostName);
        using var batch = new EventBatch();
        batch.Add(json => Write(json, integration, (clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond));
        try
        {
            var answer = await target.SendAsync(new EventRun(integration.Channels[0], batch, 0, 1), limit.Token);
            while (!target.Answers && target.Acknowledged < target.Written && target.Broken is null)
            {
                await Task.Delay(Pause, clock, limit.Token);
            }

            return target.Broken is { } broken ? throw new TargetException(TargetFailure.Transport, $"{answer}, but {broken.Reason}")
                : target.Answers ? answer
                : $"{answer}, and the system of the other side has them; a syslog receiver says no more";
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new TargetException(TargetFailure.Transport, $"no answer came within {Patience}", e);
        }
    }

    private static ForwardedEvent Write(Utf8JsonWriter json, Integration integration, long micros)
    {
        var (id, nanoseconds) = (Guid.NewGuid().ToString("N"), NanosecondTime.Of(micros));
        json.WriteStartObject();
        json.WriteString("id", id);
        json.WriteString("type", "test");
        json.WriteNumber("timestamp", nanoseconds);
        json.WriteString("timestampRFC3339Nano", NanosecondTime.ToText(nanoseconds));
        json.WriteNumber("integrationId", integration.Id);
        json.WriteString("message", "A test of event forwarding: no connection was made.");
        json.WriteEndObject();
        // Syslog's informational.
        return new ForwardedEvent(EventPlace.Begin, id, micros, 6, "test", [("id", id)]);
    }
}
