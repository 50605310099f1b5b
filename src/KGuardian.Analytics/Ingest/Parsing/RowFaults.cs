namespace KGuardian.Analytics.Ingest.Parsing;

/// <summary>The first fault of each row that cannot be stored, of rows that come column by column.</summary>
internal sealed class RowFaults
{
    private readonly Dictionary<int, (RejectReason Reason, EventField Field)> _first = [];

    /// <summary>In which order columns are to be read, so that the first fault is that of a row of JSON.</summary>
    public static IReadOnlyList<EventField> Order { get; } =
    [
        EventField.Uuid, EventField.TimeStamp, .. Enum.GetValues<EventField>().Except([EventField.Uuid, EventField.TimeStamp]).Order(),
    ];

    /// <summary>Whether there is any.</summary>
    public bool Any => _first.Count > 0;

    /// <summary>Notes a fault; one that is known of the row stays.</summary>
    public void Add(int row, RejectReason reason, EventField field) => _first.TryAdd(row, (reason, field));

    /// <summary>A row's fault.</summary>
    public bool TryGet(int row, out RejectReason reason, out EventField field)
    {
        var found = _first.TryGetValue(row, out var fault);
        (reason, field) = fault;
        return found;
    }

    /// <summary>Begins with other rows.</summary>
    public void Clear() => _first.Clear();
}
