namespace KGuardian.Analytics.Bench.Model;

/// <summary>How many flows of a stem exist: numbers below <see cref="Acknowledged"/> may be repeated, <see cref="Sent"/> is the next new one.</summary>
internal struct FlowCounter
{
    public int Sent;
    public int Acknowledged;
}
