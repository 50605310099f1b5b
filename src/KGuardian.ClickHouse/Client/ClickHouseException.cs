namespace KGuardian.ClickHouse.Client;

/// <summary>The one error of everything that is asked of ClickHouse.</summary>
internal sealed class ClickHouseException : Exception
{
    /// <summary>A failure with what is known of it.</summary>
    public ClickHouseException(ClickHouseFailure failure, int code, string text, string queryId, Exception? inner = null)
        : base($"ClickHouse {Describe(failure, code)}: {text} (query id {queryId})", inner)
    {
        Failure = failure;
        Code = code;
        Text = text;
        QueryId = queryId;
    }

    /// <summary>Whether the statement was carried out, as far as that is known.</summary>
    public ClickHouseFailure Failure { get; }

    /// <summary>ClickHouse's error code, such as 60 (UNKNOWN_TABLE); 0 when the server did not name one.</summary>
    public int Code { get; }

    /// <summary>ClickHouse's own text, or the transport's.</summary>
    public string Text { get; }

    /// <summary>The statement's id in ClickHouse's logs.</summary>
    public string QueryId { get; }

    /// <summary>Whether the time was up that the answer was waited for.</summary>
    public bool IsTimeout => Failure == ClickHouseFailure.Unknown && InnerException is OperationCanceledException;

    private static string Describe(ClickHouseFailure failure, int code) => failure switch
    {
        ClickHouseFailure.NotSent => "could not be reached",
        ClickHouseFailure.Unknown => "did not answer to the end",
        _ => $"error {code}",
    };
}
