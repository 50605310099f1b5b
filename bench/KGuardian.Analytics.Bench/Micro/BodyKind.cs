namespace KGuardian.Analytics.Bench.Micro;

/// <summary>Which events a micro-benchmark reads.</summary>
public enum BodyKind
{
    /// <summary>What a real cluster reported, a line a field: <c>tests/data/openshift-flows.json</c>.</summary>
    Real,

    /// <summary>A batch of the load generator, without white space, as agents send it.</summary>
    Generated,
}
