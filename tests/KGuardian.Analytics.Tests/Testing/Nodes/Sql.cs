using System.Text;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Tests.Testing.Nodes;

/// <summary>One statement over plain HTTP: what the tests of the node ask with, independently of the client under test.</summary>
internal static class Sql
{
    // A large insert takes its time where everything runs at once; a statement that hangs ends with the run.
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromMinutes(5) };

    /// <summary>The answer without the newline at its end.</summary>
    /// <exception cref="InvalidOperationException">ClickHouse refused; the message is its own.</exception>
    public static async Task<string> RunAsync(ClickHouseEndpoint endpoint, string sql)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, endpoint.Url) { Content = new StringContent(sql, Encoding.UTF8) };
        // A node that is stopped waits for idle connections, too.
        request.Headers.ConnectionClose = true;
        if (endpoint.User.Length > 0)
        {
            request.Headers.Add("X-ClickHouse-User", endpoint.User);
            request.Headers.Add("X-ClickHouse-Key", endpoint.Password);
        }

        using var response = await Http.SendAsync(request);
        var body = (await response.Content.ReadAsStringAsync()).TrimEnd('\n');
        return response.IsSuccessStatusCode ? body : throw new InvalidOperationException(body);
    }

    /// <summary>The error ClickHouse answers with.</summary>
    public static async Task<string> RefusalAsync(ClickHouseEndpoint endpoint, string sql) =>
        (await Assert.ThrowsAsync<InvalidOperationException>(() => RunAsync(endpoint, sql))).Message;
}
