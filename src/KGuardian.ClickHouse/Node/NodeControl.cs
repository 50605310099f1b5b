using System.Diagnostics;
using System.Text;
using KGuardian.ClickHouse.Endpoints;
using Microsoft.Extensions.Logging;

namespace KGuardian.ClickHouse.Node;

/// <summary>What the parent asks of its node over HTTP: whether it answers, and to end.</summary>
internal sealed class NodeControl(ClickHouseEndpoint endpoint) : IDisposable
{
    private static readonly TimeSpan PollInterval = TimeSpan.FromMilliseconds(20);

    // Interface 6 is LOCAL: only the node's own endless statement runs there. Its end is the process's.
    private const string EndStatement = "KILL QUERY WHERE interface = 6 ASYNC";

    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http = new(DirectHttp.CreateHandler(AnswerLimit)) { BaseAddress = endpoint.Url, Timeout = AnswerLimit };

    /// <summary>Waits until the child answers.</summary>
    /// <exception cref="LocalNodeException">The child died, or did not answer in time.</exception>
    public async Task WaitUntilReadyAsync(NodeChild child, TimeSpan timeout, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        var lastError = "it did not listen";
        try
        {
            while (true)
            {
                lastError = await AskAsync("SELECT 1", limit.Token);
                if (child.HasExited)
                {
                    throw new LocalNodeException(
                        $"The local ClickHouse node at {endpoint.Url} ended with exit code {child.ExitCode} while it started. " +
                        $"Its last lines:\n{await child.LastLinesAsync()}");
                }

                if (lastError.Length == 0)
                {
                    return;
                }

                await Task.WhenAny(child.Exited, Task.Delay(PollInterval, limit.Token));
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new LocalNodeException(
                $"The local ClickHouse node at {endpoint.Url} did not answer within StartTimeout, {timeout}: {lastError}. " +
                "Give it longer if its data directory is large.");
        }
    }

    /// <summary>Ends the child by ending its statement, or by force when that takes too long.</summary>
    /// <param name="child">Runs, and is gone when this returns.</param>
    /// <param name="timeout">How long it may take by itself.</param>
    /// <param name="logger">Told how it ended.</param>
    /// <param name="cancellationToken">Cuts the wait short.</param>
    public async Task EndAsync(NodeChild child, TimeSpan timeout, ILogger logger, CancellationToken cancellationToken)
    {
        var started = Stopwatch.GetTimestamp();
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(timeout);
        try
        {
            await child.AnnounceEndAsync(limit.Token);
            using var response = await PostAsync(EndStatement, limit.Token);
            response.EnsureSuccessStatusCode();
        }
        catch (Exception e) when (e is HttpRequestException or IOException or OperationCanceledException)
        {
            // It is ending already, or will be killed below.
            LocalNodeLog.StopRequestFailed(logger, e, child.Id);
        }

        await Task.WhenAny(child.Exited, Task.Delay(Timeout.InfiniteTimeSpan, limit.Token));
        if (child.HasExited)
        {
            LocalNodeLog.Stopped(logger, child.Id, child.ExitCode, Stopwatch.GetElapsedTime(started));
            return;
        }

        LocalNodeLog.Killed(logger, child.Id, timeout);
        await child.KillAsync();
    }

    public void Dispose() => _http.Dispose();

    // The reason why there is no good answer; empty for a good one.
    private async Task<string> AskAsync(string sql, CancellationToken cancellationToken)
    {
        try
        {
            using var response = await PostAsync(sql, cancellationToken);
            var body = await response.Content.ReadAsStringAsync(cancellationToken);
            return response.IsSuccessStatusCode && body == "1\n" ? "" : $"HTTP {(int)response.StatusCode}: {body.Trim()}";
        }
        catch (HttpRequestException e)
        {
            return e.Message;
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            // HttpClient's own timeout
            return e.Message;
        }
    }

    private async Task<HttpResponseMessage> PostAsync(string sql, CancellationToken cancellationToken)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/") { Content = new StringContent(sql, Encoding.UTF8) };
        // The engine waits 5 s at its end for connections that are open, even if idle.
        request.Headers.ConnectionClose = true;
        request.Headers.Add("X-ClickHouse-User", endpoint.User);
        request.Headers.Add("X-ClickHouse-Key", endpoint.Password);
        return await _http.SendAsync(request, cancellationToken);
    }
}
