using System.Collections.Concurrent;
using System.Text.Json;
using KGuardian.Analytics.Forwarding.Channels;
using KGuardian.Analytics.Forwarding.Delivery;
using KGuardian.Analytics.Forwarding.Integrations;
using KGuardian.Analytics.Forwarding.Targets;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Client;
using KGuardian.ClickHouse.Cluster;
using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Forwarding;

/// <summary>
/// Integrations, and the loops that send for them. One server of a store does so: the one that takes events in, which alone knows up to where flows are
/// complete; what it knows of integrations is what there is.
/// </summary>
internal sealed partial class EventForwarding : IAsyncDisposable
{
    /// <summary>Most integrations: each has a loop, a connection and up to 4 MiB.</summary>
    public const int MostIntegrations = 32;

    private static readonly TimeSpan StoreInterval = TimeSpan.FromSeconds(1);

    private readonly ForwardingOptions _options;
    private readonly IReadOnlyList<EventChannel> _channels;
    private readonly TargetAddresses _addresses;
    private readonly IntegrationTable _table;
    private readonly PositionTable _positions;
    private readonly DeadLetterTable _deadLetters;
    private readonly TimeProvider _clock;
    private readonly ForwardingMetrics _metrics;
    private readonly ILogger<EventForwarding> _logger;
    private readonly SemaphoreSlim _changing = new(1);
    private readonly PeriodicWorker _storing;
    private readonly ConcurrentDictionary<(long, string), ChannelProgress> _stored = [];
    private volatile IReadOnlyList<ForwardedIntegration>? _all;

    /// <summary>Forwarding that has not begun.</summary>
    /// <param name="options">Settings <c>Forwarding:*</c>.</param>
    /// <param name="channels">Streams of events; the first is what integrations get that name none.</param>
    /// <param name="addresses">Which addresses may be connected to.</param>
    /// <param name="cluster">The store.</param>
    /// <param name="clock">The believed time.</param>
    /// <param name="metrics">Counters; gauges are added to their meter.</param>
    /// <param name="logger">Log.</param>
    public EventForwarding(
        ForwardingOptions options, IReadOnlyList<EventChannel> channels, TargetAddresses addresses, ClickHouseCluster cluster, TimeProvider clock,
        ForwardingMetrics metrics, ILogger<EventForwarding> logger)
    {
        (_options, _channels, _addresses, _clock, _metrics, _logger) = (options, channels, addresses, clock, metrics, logger);
        var versions = new RowVersions(clock);
        (_table, _positions, _deadLetters) =
            (new IntegrationTable(cluster, versions, clock), new PositionTable(cluster, versions), new DeadLetterTable(cluster, clock));
        Document = new IntegrationDocument(channels);
        _storing = new PeriodicWorker(StoreInterval, StoreAsync, StoreFailed, clock);
        ForwardingGauges.Add(metrics.Meter, () => _all ?? [], clock);
    }

    /// <summary>How long failures are left alone at first; shorter in tests.</summary>
    internal TimeSpan FirstRetry { get; init; } = RetryDelay.First;

    /// <summary>Reads what administrators write.</summary>
    public IntegrationDocument Document { get; }

    /// <summary>Names of the channels that there are.</summary>
    public IReadOnlyList<string> Channels => [.. _channels.Select(channel => channel.Name)];

    /// <summary>Why integrations cannot be asked for; null once they were read.</summary>
    public string? NotReady => _all is null ? "integrations have not been read yet" : null;

    /// <summary>Every integration, in the order of their ids.</summary>
    /// <exception cref="StoreNotReadyException">They have not been read yet.</exception>
    public IReadOnlyList<ForwardedIntegration> All => _all ?? throw new StoreNotReadyException(NotReady!);

    /// <summary>The believed time, in microseconds since 1970.</summary>
    public long Micros => (_clock.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    /// <summary>An integration; null when there is none of this id.</summary>
    /// <exception cref="StoreNotReadyException">They have not been read yet.</exception>
    public ForwardedIntegration? Find(long id) => All.FirstOrDefault(one => one.Integration.Id == id);

    /// <summary>Reads integrations and begins to send.</summary>
    /// <exception cref="ClickHouseException">ClickHouse failed; it may be called again.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var integrations = await _table.ReadAsync(cancellationToken);
        foreach (var (place, progress) in await _positions.ReadAsync(cancellationToken))
        {
            _stored[place] = progress;
        }

        _all = [.. integrations.Select(integration => Begin(integration, PositionOf))];
        _storing.Start();
        if (integrations.Count > 0)
        {
            LogForwarding(integrations.Count, integrations.Count(integration => integration.Enabled), _options.Enabled ? "on" : "off");
        }
    }

    /// <summary>Adds an integration.</summary>
    /// <returns>It, or null when there are <see cref="MostIntegrations"/>.</returns>
    /// <exception cref="IntegrationException">The document cannot be taken.</exception>
    /// <exception cref="ClickHouseException">It could not be stored.</exception>
    public Task<ForwardedIntegration?> CreateAsync(JsonElement body, CancellationToken cancellationToken) => ChangeAsync(async () =>
    {
        var read = Document.Read(body, before: null, _clock.GetUtcNow());
        await CheckAddressAsync(read, cancellationToken);
        if (All.Count >= MostIntegrations)
        {
            return null;
        }

        var created = read with { Id = _table.NextId() };
        var positions = created.Channels.Select(channel => (created.Id, channel, BeginOf(channel, created.StartFrom))).ToArray();
        // First the positions: events that arrive from now on are sent, whatever happens in between.
        await StoreAsync(positions, cancellationToken);
        await _table.WriteAsync(created, cancellationToken);
        var begun = Begin(created, PositionOf);
        _all = [.. All, begun];
        return begun;
    });

    /// <summary>Changes an integration; what the document leaves out stays.</summary>
    /// <returns>It, or null when there is none of this id.</returns>
    /// <exception cref="IntegrationException">The document cannot be taken.</exception>
    /// <exception cref="ClickHouseException">It could not be stored.</exception>
    public Task<ForwardedIntegration?> UpdateAsync(long id, JsonElement body, CancellationToken cancellationToken) => ChangeAsync(async () =>
    {
        if (Find(id) is not { } before)
        {
            return null;
        }

        var changed = Document.Read(body, before.Integration, _clock.GetUtcNow());
        if (changed.Connection.ServiceUrl != before.Integration.Connection.ServiceUrl)
        {
            await CheckAddressAsync(changed, cancellationToken);
        }

        await _table.WriteAsync(changed, cancellationToken);
        await before.DisposeAsync();
        var isFiltered = changed.Filter != before.Integration.Filter;
        var after = Begin(changed, (integration, channel) =>
            before.Channels.FirstOrDefault(known => known.Name == channel)?.Progress is not { } progress ? BeginOf(channel, Integration.FromNow)
            // What was counted passed another filter.
            : isFiltered ? progress with { KnownUpTo = 0, KnownEvents = 0 } : progress);
        _all = [.. All.Select(one => one == before ? after : one)];
        return after;
    });

    /// <summary>Deletes an integration.</summary>
    /// <returns>What was deleted, or null when there is none of this id.</returns>
    /// <exception cref="ClickHouseException">It could not be stored.</exception>
    public Task<ForwardedIntegration?> DeleteAsync(long id, CancellationToken cancellationToken) => ChangeAsync(async () =>
    {
        if (Find(id) is not { } deleted)
        {
            return null;
        }

        await _table.DeleteAsync(id, cancellationToken);
        _all = [.. All.Where(one => one != deleted)];
        await deleted.DisposeAsync();
        return deleted;
    });

    /// <summary>Sends one marked event, over a connection of its own.</summary>
    /// <returns>What came back.</returns>
    /// <exception cref="TargetException">It was not delivered.</exception>
    public Task<string> TestAsync(Integration integration, CancellationToken cancellationToken) =>
        TargetTest.RunAsync(integration, _addresses, _options.HostName, _clock, cancellationToken);

    /// <summary>Ends; positions are stored, within the token's time.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        await Task.WhenAll((_all ?? []).Select(one => one.Loop?.StopAsync() ?? Task.CompletedTask));
        await _storing.StopAsync();
        try
        {
            await StoreAsync(cancellationToken);
        }
        catch (Exception e) when (e is ClickHouseException or StoreNotReadyException or OperationCanceledException)
        {
            StoreFailed(e);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _storing.DisposeAsync();
        foreach (var one in _all ?? [])
        {
            await one.DisposeAsync();
        }

        _changing.Dispose();
    }

    private async Task<T> ChangeAsync<T>(Func<Task<T>> change)
    {
        // Before anybody waits: nothing can be changed that has not been read.
        _ = All;
        await _changing.WaitAsync();
        try
        {
            return await change();
        }
        finally
        {
            _changing.Release();
        }
    }

    private ForwardedIntegration Begin(Integration integration, Func<Integration, string, ChannelProgress> position)
    {
        var channels = _channels.Where(channel => integration.Channels.Contains(channel.Name))
            .Select(channel => new ChannelDelivery(
                channel, channel.ParseFilter(integration.Filter, _clock.GetUtcNow()), position(integration, channel.Name), _clock))
            .ToArray();
        var loop = integration.Enabled && _options.Enabled
            ? new IntegrationLoop(
                integration, EventTarget.Of(integration, _addresses, _options.HostName), channels, new RetryDelay(FirstRetry), _deadLetters, _clock, _metrics,
                _logger)
            : null;
        loop?.Start();
        return new ForwardedIntegration(integration, channels, loop);
    }

    private ChannelProgress PositionOf(Integration integration, string channel) =>
        _stored.TryGetValue((integration.Id, channel), out var progress) ? progress : BeginOf(channel, integration.StartFrom);

    private ChannelProgress BeginOf(string channel, string startFrom) => new(
        startFrom == Integration.FromOldest ? EventPlace.Begin : EventPlace.BehindAllOf(_channels.First(known => known.Name == channel).Complete));

    /// <summary>Refuses now what every connection would be refused for; a name that means nothing now may do so later.</summary>
    private async Task CheckAddressAsync(Integration integration, CancellationToken cancellationToken)
    {
        try
        {
            await _addresses.ResolveAsync(integration.Connection.Host, cancellationToken);
        }
        catch (TargetException e) when (e.Failure == TargetFailure.Configuration)
        {
            throw new IntegrationException($"connectionInfo.{ConnectionMember.ServiceUrl.Name}", $"cannot be sent to: {e.Message}", "another address");
        }
        catch (TargetException e)
        {
            LogUnresolved(integration.Name, e.Message);
        }
    }

    private Task StoreAsync(CancellationToken cancellationToken) => StoreAsync(
        [
            .. (_all ?? []).SelectMany(one => one.Channels.Select(channel => (one.Integration.Id, channel.Name, channel.Progress)))
                .Where(position => !ReferenceEquals(_stored.GetValueOrDefault((position.Id, position.Name)), position.Progress)),
        ],
        cancellationToken);

    private async Task StoreAsync((long Id, string Channel, ChannelProgress Progress)[] positions, CancellationToken cancellationToken)
    {
        if (positions.Length == 0)
        {
            return;
        }

        await _positions.WriteAsync(positions, cancellationToken);
        foreach (var (id, channel, progress) in positions)
        {
            _stored[(id, channel)] = progress;
        }
    }

    private void StoreFailed(Exception exception)
    {
        _metrics.WriteFailures.Add(1);
        LogStoreFailed(exception.Message);
    }

    [LoggerMessage(1857, LogLevel.Information, "{Integrations} integrations for events are configured, {Enabled} of them enabled; forwarding is {Switch}")]
    private partial void LogForwarding(int integrations, int enabled, string @switch);

    [LoggerMessage(1858, LogLevel.Warning,
        "How far integrations are could not be stored; it is tried again, and after a crash events are sent again: {Reason}")]
    private partial void LogStoreFailed(string reason);

    [LoggerMessage(1859, LogLevel.Warning, "The target of integration '{Name}' has no address yet: {Reason}")]
    private partial void LogUnresolved(string name, string reason);
}
