namespace KGuardian.ClickHouse.Client;

/// <summary>What is known about a statement that failed: it decides whether a write may be repeated or released.</summary>
internal enum ClickHouseFailure
{
    /// <summary>It never reached the server (connection refused, name unknown): certainly not carried out.</summary>
    NotSent,

    /// <summary>The server answered with an error: not carried out, or ended before its end.</summary>
    Refused,

    /// <summary>The connection broke or the time was up before the answer: carried out or not, nobody knows.</summary>
    Unknown,
}
