namespace KGuardian.Analytics.Query.Names;

/// <summary>
/// Moments at which names change, in SQL: one sorted list of numbers, of which the high bits are a name's hash and the low ones a time, so that the span that
/// a row is in is found by halving, in a hundredth of a microsecond. (An array of names as the right side of IN is gone through for each row: with 3,000
/// names ten million rows took a minute.) Names that share a hash have each other's borders: their flows are told apart more finely than is needed, never less.
/// </summary>
internal static class SpanBorders
{
    /// <summary>Bits of a time, in microseconds since the list's begin: 2.2 years.</summary>
    private const int TimeBits = 46;

    private const string Times = "toUInt64(70368744177663)"; // 2^46 - 1
    private const string Names = "bitNot(toUInt64(70368744177663))";

    /// <summary>The longest time, in microseconds, within which borders are told apart.</summary>
    public const long Longest = (1L << TimeBits) - 1;

    /// <summary>A constant: when the list begins, and the list. Borders outside of the list's time count as its begin.</summary>
    /// <param name="begin">When it begins: SQL of microseconds since 1970, of parameters alone.</param>
    /// <param name="source">A query of <c>name</c>, as <see cref="NameKey.ColumnSql"/> has it, and <c>border</c>, in microseconds since 1970.</param>
    public static string Of(string begin, string source) => $"""
        (
            SELECT ({begin}, arraySort(arrayConcat([toUInt64(0)],
                groupUniqArray(bitOr(bitAnd(cityHash64(s.name), {Names}), toUInt64(greatest(s.border - {begin}, 0)))))))
            FROM ({source}) AS s
        )
        """;

    /// <summary>When the span begins that a row of <c>traffic AS t</c> is in, in microseconds since 1970; the window's begin for the first one.</summary>
    /// <param name="key">What the row is looked up by.</param>
    /// <param name="constant">Name of <see cref="Of"/>'s constant.</param>
    public static string At(NameKey key, string constant)
    {
        var name = $"ifNull(cityHash64({key.ColumnSql("t.")}), 0)";
        var time = $"toUInt64(least(greatest(toUnixTimestamp64Micro(t.time_stamp) - {constant}.1, 0), {Longest}))";
        var border = $"roundDown(bitOr(bitAnd({name}, {Names}), {time}), {constant}.2)";
        // The constant of a query counts as nullable, as it might have had no row.
        return $"assumeNotNull(if(bitAnd(bitXor({border}, {name}), {Names}) = 0, "
            + $"greatest({constant}.1 + toInt64(bitAnd({border}, {Times})), {"{from:Int64}"}), {"{from:Int64}"}))";
    }
}
