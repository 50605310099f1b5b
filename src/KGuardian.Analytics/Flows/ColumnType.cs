namespace KGuardian.Analytics.Flows;

/// <summary>What a column's values are: how they lie in a block and in the journal, and how a query spells them.</summary>
/// <param name="Sql">The type in ClickHouse's Native format. The table's own may be another spelling of it, such as LowCardinality.</param>
/// <param name="Width">Bytes of a value; 0 for texts, whose length is before each.</param>
/// <param name="Fill">The byte that a value consists of where a column was not there yet; texts are null then.</param>
internal sealed record ColumnType(string Sql, int Width, byte Fill = 0)
{
    /// <summary>UTF-8, or null.</summary>
    public static readonly ColumnType Text = new("Nullable(String)", 0);

    /// <summary>16 bytes in the order of the uuid's text.</summary>
    public static readonly ColumnType Uuid = new("FixedString(16)", 16);

    /// <summary>A <see cref="PortCode"/>; null where it was not there, which is -1.</summary>
    public static readonly ColumnType Port = new("Int32", sizeof(int), Fill: 0xFF);

    /// <summary>Microseconds since 1970-01-01 UTC.</summary>
    public static readonly ColumnType Time = new("DateTime64(6, 'UTC')", sizeof(long));

    /// <summary>Days since 1970-01-01.</summary>
    public static readonly ColumnType Day = new("Date", sizeof(ushort));

    /// <summary>A number below 2^32.</summary>
    public static readonly ColumnType Small = new("UInt32", sizeof(uint));

    /// <summary>A number below 2^64.</summary>
    public static readonly ColumnType Large = new("UInt64", sizeof(ulong));

    /// <summary>Whether values are texts, which may be null.</summary>
    public bool IsText => Width == 0;
}
