namespace KGuardian.Analytics.Tests.Testing.Network;

/// <summary>What goes wrong between a server and its ClickHouse.</summary>
internal enum RelayFault
{
    /// <summary>A proxy's own 500; ClickHouse never sees the request.</summary>
    Error500,

    /// <summary>The connection breaks in the middle of the request.</summary>
    CutRequest,

    /// <summary>The answer comes late; ClickHouse has carried the request out long before.</summary>
    LateAnswer,

    /// <summary>ClickHouse carries the request out, and the connection ends before its answer.</summary>
    LostAnswer,
}
