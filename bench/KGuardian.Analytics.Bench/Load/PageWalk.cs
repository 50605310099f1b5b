using System.Diagnostics;
using System.Net;
using System.Text.Json;

namespace KGuardian.Analytics.Bench.Load;

/// <summary>Walks the native route's pages from the newest on, as a client does: from cursor to cursor.</summary>
internal static class PageWalk
{
    private const int PageRows = 1000;

    // The walk itself is not measured.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>The cursor behind so many flows, or fewer when there are no more.</summary>
    /// <exception cref="IOException">A page was refused.</exception>
    public static (string Cursor, int Flows) To(Uri server, int flows)
    {
        using var http = new HttpClient { BaseAddress = server, Timeout = Patience };
        var since = Stopwatch.GetTimestamp();
        var (cursor, walked) = ("", 0);
        while (walked < flows)
        {
            var path = $"/api/v1/flows?limit={PageRows}" + (cursor.Length > 0 ? $"&cursor={Uri.EscapeDataString(cursor)}" : "");
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            using var response = http.Send(request);
            if (response.StatusCode == HttpStatusCode.ServiceUnavailable && Stopwatch.GetElapsedTime(since) < Patience)
            {
                Thread.Sleep(20);
                continue;
            }

            using var page = JsonDocument.Parse(response.Content.ReadAsStream());
            if (!response.IsSuccessStatusCode)
            {
                throw new IOException($"{path} was answered with {(int)response.StatusCode}: {page.RootElement}");
            }

            if (page.RootElement.GetProperty("next").GetString() is not { } next)
            {
                break;
            }

            walked += page.RootElement.GetProperty("data").GetArrayLength();
            cursor = next;
        }

        return cursor.Length > 0 ? (cursor, walked) : throw new IOException("There is no second page.");
    }
}
