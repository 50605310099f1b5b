using System.Text.Json;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Terminal;

/// <summary>What <c>top</c> sees arrive: the newest flows, and how many came of late.</summary>
/// <param name="server">The server.</param>
/// <param name="clock">The machine's time.</param>
internal sealed class TopArrivals(ServerClient server, TimeProvider clock)
{
    /// <summary>More than fits on a screen.</summary>
    private const int MostLines = 200;

    /// <summary>Seconds that the rate is of.</summary>
    private const int RateSeconds = 10;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Patience = TimeSpan.FromDays(1);

    private readonly Lock _lock = new();
    private readonly LinkedList<JsonElement> _newest = [];
    private readonly (long Second, int Flows)[] _counts = new (long, int)[RateSeconds];
    private Action _again = () => { };
    private TopView? _view;
    private string? _problem;

    /// <summary>Whether lines stay as they are.</summary>
    public bool IsPaused { get; set; }

    /// <summary>Why nothing arrives; null for nothing.</summary>
    public string? Problem => Volatile.Read(ref _problem);

    /// <summary>Flows a second, of the last ten.</summary>
    public double Rate
    {
        get
        {
            lock (_lock)
            {
                var now = clock.GetUtcNow().ToUnixTimeSeconds();
                return _counts.Where(count => count.Second > now - RateSeconds).Sum(count => count.Flows) / (double)RateSeconds;
            }
        }
    }

    /// <summary>The newest flows, the newest first.</summary>
    public JsonElement[] Newest(int most)
    {
        lock (_lock)
        {
            return [.. _newest.Take(most)];
        }
    }

    /// <summary>Looks at other flows from now on.</summary>
    public void Change(TopView view)
    {
        lock (_lock)
        {
            _view = view;
            _newest.Clear();
            _again();
        }
    }

    /// <summary>Follows the server's tail until it is told to end.</summary>
    public async Task FollowAsync(TopView view, CancellationToken cancellationToken)
    {
        _view = view;
        while (!cancellationToken.IsCancellationRequested)
        {
            using var again = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            lock (_lock)
            {
                _again = again.Cancel;
            }

            try
            {
                var filter = _view.EffectiveFilter is { Length: > 0 } text ? $"filter={Uri.EscapeDataString(text)}" : "";
                using var tail = new FlowTail(server, filter, Patience, clock, problem => Volatile.Write(ref _problem, problem));
                Volatile.Write(ref _problem, null);
                await foreach (var row in tail.ReadAsync(again.Token))
                {
                    Add(row);
                }
            }
            catch (OperationCanceledException)
            {
                // Told to end, or to look at others.
                continue;
            }
            catch (Exception e) when (e is CommandException or UsageException or HttpRequestException or IOException)
            {
                Volatile.Write(ref _problem, e.Message);
                await Task.WhenAny(Task.Delay(Pause, clock, again.Token));
            }
            finally
            {
                lock (_lock)
                {
                    _again = () => { };
                }
            }
        }
    }

    private void Add(string row)
    {
        Volatile.Write(ref _problem, null);
        using var document = JsonDocument.Parse(row);
        lock (_lock)
        {
            var second = clock.GetUtcNow().ToUnixTimeSeconds();
            ref var count = ref _counts[second % RateSeconds];
            count = (second, count.Second == second ? count.Flows + 1 : 1);
            if (!IsPaused)
            {
                _newest.AddFirst(document.RootElement.Clone());
                if (_newest.Count > MostLines)
                {
                    _newest.RemoveLast();
                }
            }
        }
    }
}
