using System.Diagnostics;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>A reader of <c>/api/v1/flows/tail</c> that remembers the last id, as browsers do, and goes on from it when told to.</summary>
internal sealed class TailClient : IDisposable
{
    private readonly string _query;
    private readonly List<string> _rows = [];
    private HttpResponseMessage? _answer;
    private StreamReader? _lines;
    private Task<string?>? _pending;

    public TailClient(string query) => _query = query;

    /// <summary>The id to go on from; null before the first.</summary>
    public string? LastId { get; private set; }

    /// <summary>Rows as they came.</summary>
    public IReadOnlyList<string> Rows => _rows;

    /// <summary>The events that the rows are of.</summary>
    public FlowEvent[] Events => [.. _rows.Select(row => JsonSerializer.Deserialize<FlowEvent>(row)!.FromNative())];

    /// <summary>Opens a connection, the old one closed; returns once the server has said where the tail begins.</summary>
    public async Task OpenAsync(ApiClient api)
    {
        Close();
        (string, string)[] id = LastId is null ? [] : [("Last-Event-ID", LastId)];
        _answer = await ApiClient.PatientlyAsync(() => api.SendAsync(
            HttpMethod.Get, $"/api/v1/flows/tail?{_query}", content: null, HttpCompletionOption.ResponseHeadersRead, [("Accept-Encoding", "gzip, br"), .. id]));
        Assert.True(_answer.IsSuccessStatusCode, $"{_answer.StatusCode}: {(_answer.IsSuccessStatusCode ? "" : await _answer.Content.ReadAsStringAsync())}");
        Assert.Equal("text/event-stream", _answer.Content.Headers.ContentType?.MediaType);
        Assert.Empty(_answer.Content.Headers.ContentEncoding);
        _lines = new StreamReader(await _answer.Content.ReadAsStreamAsync());
        Assert.Equal("retry: 1000", await LineAsync());
        Assert.True(await ReadEventAsync());
    }

    /// <summary>Reads until there are so many rows.</summary>
    public async Task ReadAsync(int rows)
    {
        // Heartbeats come for ever: rows that do not are to be missed.
        var started = Stopwatch.GetTimestamp();
        while (_rows.Count < rows)
        {
            Assert.True(await ReadEventAsync(), $"the tail ended after {_rows.Count} of {rows} rows");
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience.Limit, $"{_rows.Count} of {rows} rows came within {Patience.Limit}");
        }
    }

    /// <summary>Reads the next event or heartbeat; false when the answer has ended in order.</summary>
    public async Task<bool> ReadEventAsync()
    {
        string? id = null, row = null;
        while (true)
        {
            switch (await LineAsync())
            {
                case null:
                    Assert.True(id is null, "the answer ended in the middle of an event");
                    return false;
                case "":
                    LastId = id ?? LastId;
                    if (row is not null)
                    {
                        _rows.Add(row);
                    }

                    return true;
                case ['i', 'd', ':', ' ', .. var value]:
                    id = value;
                    break;
                case "event: flow" or [':', ..]:
                    break;
                case ['d', 'a', 't', 'a', ':', ' ', .. var value]:
                    row = value;
                    break;
                case var line:
                    throw new InvalidOperationException($"no line of an event: {line}");
            }
        }
    }

    /// <summary>Breaks the connection.</summary>
    public void Close()
    {
        _pending = null;
        _answer?.Dispose();
        _lines?.Dispose();
    }

    public void Dispose() => Close();

    private async Task<string?> LineAsync()
    {
        _pending ??= _lines!.ReadLineAsync();
        var line = await _pending.WaitAsync(Patience.Limit);
        _pending = null;
        return line;
    }
}
