using System.Globalization;
using System.Net;
using System.Text;
using System.Text.Json;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Testing.Servers;

/// <summary>A server's routes as its clients call them; nothing is unpacked or followed on the way. What is to be 200 is asked again while it is 503.</summary>
public sealed class ApiClient : IDisposable
{
    private readonly HttpClient _http;

    public ApiClient(Uri address)
    {
        Address = address;
        _http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseProxy = false, UseCookies = false })
        {
            BaseAddress = address,
            Timeout = Patience.Limit,
        };
    }

    public Uri Address { get; }

    public Task<HttpResponseMessage> GetAsync(string path, params (string Name, string Value)[] headers) =>
        SendAsync(HttpMethod.Get, path, content: null, headers);

    public Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, params (string Name, string Value)[] headers) =>
        SendAsync(method, path, content, HttpCompletionOption.ResponseContentRead, headers);

    /// <summary>Sends a request; not disposed before its answer, so that a body may still be read.</summary>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, HttpContent? content, HttpCompletionOption completion, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, path) { Content = content };
        foreach (var (name, value) in headers)
        {
            Assert.True(request.Headers.TryAddWithoutValidation(name, value));
        }

        return await _http.SendAsync(request, completion);
    }

    public Task<HttpResponseMessage> PostAsync(string path, string json) => PostAsync(path, Encoding.UTF8.GetBytes(json));

    public Task<HttpResponseMessage> PostAsync(string path, byte[] body, string? encoding = null, string type = "application/json")
    {
        var content = new ByteArrayContent(body);
        content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (encoding is not null)
        {
            content.Headers.ContentEncoding.Add(encoding);
        }

        return SendAsync(HttpMethod.Post, path, content);
    }

    /// <summary>Posts a batch that is to be taken, and returns how many flows it made new.</summary>
    public async Task<int> PostBatchAsync(IEnumerable<FlowEvent> events)
    {
        using var answer = await PatientlyAsync(() => PostAsync("/pod/traffic/batch", FlowEvent.Batch(events)));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode}: {text}");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.ToString());
        return int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
    }

    /// <summary>The text of an answer that is to be 200.</summary>
    public async Task<string> GetTextAsync(string path, params (string Name, string Value)[] headers)
    {
        using var answer = await PatientlyAsync(() => GetAsync(path, headers));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode}: {text}");
        return text;
    }

    /// <summary>Rows of an answer; none for a pod that is not known.</summary>
    public async Task<FlowEvent[]> GetRowsAsync(string path)
    {
        using var answer = await PatientlyAsync(() => GetAsync(path));
        var text = await answer.Content.ReadAsStringAsync();
        if (answer.StatusCode == HttpStatusCode.NotFound && text == "No data found")
        {
            return [];
        }

        Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{answer.StatusCode}: {text}");
        return JsonSerializer.Deserialize<FlowEvent[]>(text)!;
    }

    public Task<FlowEvent[]> GetPodAsync(string pod) => GetRowsAsync($"/pod/traffic/{Uri.EscapeDataString(pod)}");

    /// <summary>The value of a series of <c>/metrics</c>, labels included in its name.</summary>
    public async Task<double> GetMetricAsync(string series)
    {
        var line = (await GetTextAsync("/metrics")).Split('\n').SingleOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal));
        return line is null ? 0 : double.Parse(line[(series.Length + 1)..], CultureInfo.InvariantCulture);
    }

    /// <summary>
    /// Asks until the answer is another one than 503: a node that a busy machine lets wait for 3 s counts as away, and the end of one is noticed late.
    /// A 503 that does not say when to come again is no such answer and is returned at once; an error of the server's own is a 500.
    /// </summary>
    public static async Task<HttpResponseMessage> PatientlyAsync(Func<Task<HttpResponseMessage>> ask)
    {
        var answer = await ask();
        await Patience.UntilAsync("the server answers", async () =>
        {
            if (answer.StatusCode != HttpStatusCode.ServiceUnavailable || answer.Headers.RetryAfter is null)
            {
                return true;
            }

            answer.Dispose();
            answer = await ask();
            return false;
        });
        return answer;
    }

    public void Dispose() => _http.Dispose();
}
