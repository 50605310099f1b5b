namespace KGuardian.Analytics.Policies.Model;

/// <summary>Ports of the end that is connected to.</summary>
/// <param name="Protocol">Their protocol.</param>
/// <param name="Name">The name of a port of that pod's containers; null when <see cref="First"/> and <see cref="Last"/> say it.</param>
/// <param name="First">The first one; 0 with <paramref name="Last"/> 65535 for all.</param>
/// <param name="Last">The last one.</param>
internal sealed record PolicyPort(PolicyProtocol Protocol, string? Name, int First, int Last)
{
    /// <summary>Whether it is every port of the protocol.</summary>
    public bool IsAny => Name is null && First == 0;
}
