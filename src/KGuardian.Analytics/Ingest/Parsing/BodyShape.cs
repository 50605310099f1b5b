namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>What a body of events is made of.</summary>
public enum BodyShape
{
    /// <summary>An array of event objects.</summary>
    Batch,

    /// <summary>One event object.</summary>
    OneEvent,
}
