using System.Text;

namespace KGuardian.Analytics.Server.Client;

/// <summary>Reads server-sent events. An event counts once it is whole: what a broken connection left of one is as if it had never come.</summary>
/// <param name="stream">The answer's body.</param>
internal sealed class EventStream(AnswerStream stream) : IDisposable
{
    private readonly StreamReader _lines = new(stream, Encoding.UTF8);

    /// <summary>The next event; null when the stream has ended.</summary>
    /// <exception cref="CommandException">The connection broke, or says nothing.</exception>
    public async Task<ServerEvent?> ReadAsync(CancellationToken cancellationToken)
    {
        string? id = null, data = null;
        while (await _lines.ReadLineAsync(cancellationToken) is { } line)
        {
            switch (line)
            {
                case "" when id is not null || data is not null:
                    return new ServerEvent(id, data);
                case ['i', 'd', ':', .. var value]:
                    id = value.Trim();
                    break;
                case ['d', 'a', 't', 'a', ':', .. var value]:
                    data = data is null ? value.TrimStart() : $"{data}\n{value.TrimStart()}";
                    break;
            }
        }

        return null;
    }

    public void Dispose() => _lines.Dispose();
}

/// <summary>An event.</summary>
/// <param name="Id">Its id: where the stream can be gone on with; null for that of the one before.</param>
/// <param name="Data">What it says; null when it is a heartbeat.</param>
internal sealed record ServerEvent(string? Id, string? Data);
