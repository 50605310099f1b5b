namespace KGuardian.Analytics.Inventory.States;

/// <summary>A row of a log of states: what something is from this row on. Never changed.</summary>
internal interface IState
{
    /// <summary>Place in the order of all states of the log; no two have the same. See <see cref="StateSequence"/>.</summary>
    long Sequence { get; }

    /// <summary>What it is of: changes that are about others are decided without it. Several things may have the same.</summary>
    string Subject { get; }

    /// <summary>Bytes of memory that it takes, nearly.</summary>
    int Bytes { get; }
}
