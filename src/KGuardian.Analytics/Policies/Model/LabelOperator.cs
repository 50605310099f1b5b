namespace KGuardian.Analytics.Policies.Model;

/// <summary>Operators of <c>matchExpressions</c>, spelled as there.</summary>
internal enum LabelOperator
{
    /// <summary>The label is one of the values.</summary>
    In,

    /// <summary>The label is none of the values, or not there.</summary>
    NotIn,

    /// <summary>The label is there.</summary>
    Exists,

    /// <summary>The label is not there.</summary>
    DoesNotExist,
}
