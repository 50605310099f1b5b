using System.Text;
using System.Text.Json;
using System.Threading.Channels;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Terminal;

/// <summary>The live <c>top</c>: asks the server anew every few seconds and at a key, follows its tail, and draws what there is.</summary>
/// <param name="server">The server.</param>
/// <param name="view">What is looked at first.</param>
/// <param name="every">How often it asks.</param>
/// <param name="clock">The machine's time.</param>
internal sealed class TopScreen(ServerClient server, TopView view, TimeSpan every, TimeProvider clock)
{
    /// <summary>More than fits on a screen.</summary>
    private const int MostRows = 100;

    private const string Enter = "\u001b[?1049h\u001b[?25l";
    private const string Leave = "\u001b[0m\u001b[?25h\u001b[?1049l";

    /// <summary>How soon a key, a flow or another size of the window shows.</summary>
    private static readonly TimeSpan Frame = TimeSpan.FromMilliseconds(100);

    private readonly Channel<ConsoleKeyInfo> _keys = Channel.CreateBounded<ConsoleKeyInfo>(64);
    private readonly TopArrivals _arrivals = new(server, clock);
    private readonly StringBuilder _typed = new();

    private TopFrame _shown = new(view, [], [], null);
    private bool _isTyping;
    private bool _isPaused;

    /// <summary>Shows it until somebody quits. The terminal is left as it was found, whatever ends it.</summary>
    /// <exception cref="CommandException">The first look failed; also <see cref="UsageException"/>.</exception>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // What is wrong with the options is said before anything is drawn.
        _shown = await LookAsync(view, cancellationToken);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        await using var output = Console.OpenStandardOutput();
        StartKeys();
        output.Write(Encoding.ASCII.GetBytes(Enter));
        var following = _arrivals.FollowAsync(view, ending.Token);
        try
        {
            await ShowAsync(output, ending.Token);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Ctrl+C quits, as q does.
            return;
        }
        finally
        {
            output.Write(Encoding.ASCII.GetBytes(Leave));
            output.Flush();
            await ending.CancelAsync();
            await following;
        }
    }

    private async Task ShowAsync(Stream output, CancellationToken cancellationToken)
    {
        Task<TopFrame>? looking = null;
        var lookedAt = clock.GetTimestamp();
        var (drawn, current) = ("", view);
        while (true)
        {
            var before = current;
            while (_keys.Reader.TryRead(out var key))
            {
                if (!_isTyping && (key.KeyChar is 'q' or 'Q' || key.Key == ConsoleKey.Escape))
                {
                    return;
                }

                current = Press(key, current);
            }

            if (current != before && before.EffectiveFilter != current.EffectiveFilter)
            {
                _arrivals.Change(current);
            }

            if (looking is { IsCompleted: true })
            {
                (_shown, looking, lookedAt) = (await looking, null, clock.GetTimestamp());
            }

            if (looking is null && (_shown.View != current || (!_isPaused && clock.GetElapsedTime(lookedAt) >= every)))
            {
                looking = TryLookAsync(current, cancellationToken);
            }

            var (width, height) = (Math.Max(20, Console.WindowWidth), Math.Max(8, Console.WindowHeight));
            var frame = TopDrawing.Of(_shown, _arrivals, Status(current, looking is not null), Prompt(), width, height);
            if (frame != drawn)
            {
                output.Write(Encoding.UTF8.GetBytes(frame));
                output.Flush();
                drawn = frame;
            }

            await Task.Delay(Frame, clock, cancellationToken);
        }
    }

    private TopView Press(ConsoleKeyInfo key, TopView current)
    {
        if (!_isTyping)
        {
            _isPaused = key.KeyChar is 'p' or ' ' ? !_isPaused : _isPaused;
            _arrivals.IsPaused = _isPaused;
            _isTyping = key.KeyChar == '/';
            _typed.Clear().Append(_isTyping ? current.Filter : "");
            return current.After(key.KeyChar);
        }

        switch (key.Key)
        {
            case ConsoleKey.Enter:
                _isTyping = false;
                return current with { Filter = _typed.Length > 0 ? _typed.ToString() : null };
            case ConsoleKey.Escape:
                _isTyping = false;
                return current;
            case ConsoleKey.Backspace:
                _typed.Length = Math.Max(0, _typed.Length - 1);
                return current;
            default:
                _typed.Append(char.IsControl(key.KeyChar) ? "" : key.KeyChar);
                return current;
        }
    }

    private string Status(TopView current, bool isLooking) =>
        $"{server.Address}  {current.From}{(current.To is null ? "" : $" to {current.To}")}  by {current.By}  sorted by {current.SortName}"
        + $"{(current.EffectiveFilter is { } filter ? $"  filter {filter}" : "")}{(_isPaused ? "  PAUSED" : isLooking ? "  ..." : "")}";

    private string Prompt() => _isTyping ? $"filter: {_typed}_   (Enter takes it, Esc leaves it)"
        : "q quit  p pause  s sort  b by  m metric  w window  d drops  / filter";

    /// <summary>A later look that fails is shown, and tried again.</summary>
    private async Task<TopFrame> TryLookAsync(TopView wanted, CancellationToken cancellationToken)
    {
        try
        {
            return await LookAsync(wanted, cancellationToken);
        }
        catch (Exception e) when (e is CommandException or UsageException or HttpRequestException or IOException)
        {
            return _shown with { View = wanted, Problem = e.Message };
        }
    }

    private async Task<TopFrame> LookAsync(TopView wanted, CancellationToken cancellationToken)
    {
        var talkers = server.GetAsync($"/api/v1/flows/top?{wanted.Query(wanted.By, wanted.EffectiveFilter, MostRows)}", cancellationToken);
        var drops = server.GetAsync($"/api/v1/flows/top?{wanted.Query("namespace,pod,peer_ip", wanted.Dropped, MostRows)}", cancellationToken);
        await Task.WhenAll(talkers, drops);
        return new TopFrame(wanted, Rows(await talkers), Rows(await drops), null);

        static JsonElement[] Rows(JsonElement answer) => [.. answer.GetProperty("data").EnumerateArray()];
    }

    /// <summary>Keys are read by a thread of their own: while it waits for one, the terminal neither shows nor gathers what is typed.</summary>
    private void StartKeys() => new Thread(() =>
    {
        try
        {
            while (_keys.Writer.TryWrite(Console.ReadKey(intercept: true)) || !_keys.Reader.Completion.IsCompleted)
            {
            }
        }
        catch (Exception e) when (e is InvalidOperationException or IOException)
        {
            // The terminal is gone: so is who could press a key.
            _keys.Writer.TryWrite(new ConsoleKeyInfo('q', ConsoleKey.Q, false, false, false));
        }
    })
    {
        IsBackground = true,
        Name = "keys",
    }.Start();
}
