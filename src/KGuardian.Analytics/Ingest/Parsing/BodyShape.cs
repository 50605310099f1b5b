namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>What a body of events is made of.</summary>
public enum BodyShape
{
    /// <summary>An array of event objects.</summary>
    Batch,

    /// <summary>One event object.</summary>
    OneEvent,

    /// <summary>Event objects behind each other, a line each or with other white space between them; also none.</summary>
    Lines,
}
