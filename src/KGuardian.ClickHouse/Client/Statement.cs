using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.ClickHouse.Client;

/// <summary>
/// What <see cref="EndpointHandler"/> must know of a statement that is on its way through the driver, which hands on nothing but the request.
/// It travels beside it, in the execution context.
/// </summary>
internal sealed class Statement
{
    private static readonly AsyncLocal<Statement?> Ambient = new();

    /// <summary>The statement that is being sent.</summary>
    public static Statement Current => Ambient.Value ?? throw new InvalidOperationException("The request is no statement of this client's.");

    /// <summary>Its id in ClickHouse's logs.</summary>
    public required string QueryId { get; init; }

    /// <summary>How long its answer's head is waited for.</summary>
    public required TimeSpan Patience { get; init; }

    /// <summary>The only address it may go to; null: the one that is used, or the next that can be reached.</summary>
    public EndpointState? Only { get; init; }

    /// <summary>Whether it is ended when nobody waits for its answer any more.</summary>
    public bool KillWhenAbandoned { get; init; }

    /// <summary>Whether the answer is small and taken in as a whole before it is handed on.</summary>
    public bool IsBuffered { get; init; }

    /// <summary>The temporary table that goes along; null for none.</summary>
    public ExternalTable? Table { get; init; }

    /// <summary>The answer's body, once its head has come.</summary>
    public LateErrorStream? Body { get; private set; }

    /// <summary>Where it runs, once its answer's head has come.</summary>
    public EndpointState? At { get; private set; }

    /// <summary>Makes it the current one of the calling method and of what that calls.</summary>
    public void Enter() => Ambient.Value = this;

    /// <summary>The answer's head came from <paramref name="at"/>.</summary>
    public void Answered(EndpointState at, LateErrorStream body) => (At, Body) = (at, body);
}

/// <summary>A temporary table that is sent with a statement.</summary>
/// <param name="Name">How the statement names it.</param>
/// <param name="NativeBlock">Its rows, in the Native format.</param>
internal sealed record ExternalTable(string Name, ReadOnlyMemory<byte> NativeBlock)
{
    /// <summary>Adds it to the form in which the driver sends a statement.</summary>
    public void AddTo(HttpRequestMessage request) =>
        ((MultipartFormDataContent)request.Content!).Add(new ReadOnlyMemoryContent(NativeBlock), Name, Name);
}
