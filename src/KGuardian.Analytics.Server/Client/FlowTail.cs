using System.Runtime.CompilerServices;

namespace KGuardian.Analytics.Server.Client;

/// <summary>New flows of a server as they arrive, each once: after a broken connection it goes on behind the last whole event.</summary>
/// <param name="server">The server.</param>
/// <param name="query">Of the route.</param>
/// <param name="patience">How long the server may be away before this gives up.</param>
/// <param name="clock">The machine's time.</param>
/// <param name="waits">Told why the server is waited for, once each time, and null when it answers again.</param>
internal sealed class FlowTail(ServerClient server, string query, TimeSpan patience, TimeProvider clock, Action<string?> waits) : IDisposable
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    /// <summary>Three heartbeats of the server's, 15 s each.</summary>
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(45);

    private HttpResponseMessage? _answer;
    private EventStream? _events;
    private string? _lastId;

    /// <summary>Rows, as JSON on one line each.</summary>
    /// <exception cref="CommandException">The server refuses, or was away for too long.</exception>
    /// <exception cref="HttpRequestException">It could not be reached when it was asked first.</exception>
    public async IAsyncEnumerable<string> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (since, pause) = ((long?)null, FirstPause);
        while (true)
        {
            var (next, problem) = await TryReadAsync(cancellationToken);
            if (next is not null)
            {
                if (since is not null)
                {
                    waits(null);
                }

                (since, pause) = (null, FirstPause);
                _lastId = next.Id ?? _lastId;
                if (next.Data is not null)
                {
                    yield return next.Data;
                }

                continue;
            }

            Close();
            if (since is null)
            {
                since = clock.GetTimestamp();
                waits($"{server.Address}: {problem}; waiting for it");
            }
            else if (clock.GetElapsedTime(since.Value) > patience)
            {
                throw new CommandException($"{server.Address}: {problem}, for more than {patience.TotalSeconds:0} s");
            }

            await Task.Delay(pause, clock, cancellationToken);
            pause = pause * 2 < LongestPause ? pause * 2 : LongestPause;
        }
    }

    public void Dispose() => Close();

    private async Task<(ServerEvent? Event, string? Problem)> TryReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (_events is null)
            {
                _answer = await server.OpenAsync($"/api/v1/flows/tail?{query}", _lastId, cancellationToken);
                _events = new EventStream(new AnswerStream(await _answer.Content.ReadAsStreamAsync(cancellationToken), Silence));
            }

            return (await _events.ReadAsync(cancellationToken), "the stream has ended");
        }
        catch (Exception e) when (_lastId is not null && e is HttpRequestException or CommandException { IsTemporary: true })
        {
            return (null, e.Message);
        }
    }

    private void Close()
    {
        _events?.Dispose();
        _answer?.Dispose();
        (_events, _answer) = (null, null);
    }
}
