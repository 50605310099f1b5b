using System.Globalization;
using KGuardian.Analytics.Flows;
using Parquet;
using Parquet.Schema;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>A column of a Parquet file whose values have a text, read a row group at a time and then row by row.</summary>
internal abstract class ParquetColumn(string name)
{
    /// <summary>What it is called.</summary>
    public string Name => name;

    /// <summary>The column of a field; null for lists, and types without a text here.</summary>
    public static ParquetColumn? Of(DataField field) => field.IsArray || field.MaxRepetitionLevel > 0 || field.MaxDefinitionLevel > 1 ? null
        : field.ClrType == typeof(ReadOnlyMemory<char>) ? new Column<ReadOnlyMemory<char>>(field, value => value.ToString())
        : field.ClrType == typeof(DateTime) ? new Column<DateTime>(field, TextOf)
        : field.ClrType == typeof(Guid) ? new Column<Guid>(field, value => value.ToString("D"))
        : field.ClrType == typeof(bool) ? new Column<bool>(field, value => value ? "true" : "false")
        : field.ClrType == typeof(byte) ? Number<byte>(field)
        : field.ClrType == typeof(sbyte) ? Number<sbyte>(field)
        : field.ClrType == typeof(short) ? Number<short>(field)
        : field.ClrType == typeof(ushort) ? Number<ushort>(field)
        : field.ClrType == typeof(int) ? Number<int>(field)
        : field.ClrType == typeof(uint) ? Number<uint>(field)
        : field.ClrType == typeof(long) ? Number<long>(field)
        : field.ClrType == typeof(ulong) ? Number<ulong>(field)
        : field.ClrType == typeof(float) ? Number<float>(field)
        : field.ClrType == typeof(double) ? Number<double>(field)
        : null;

    /// <summary>Reads its values of a row group.</summary>
    public abstract ValueTask ReadAsync(ParquetRowGroupReader group, CancellationToken cancellationToken);

    /// <summary>The text of the next row; null for null.</summary>
    public abstract string? Next();

    private static Column<T> Number<T>(DataField field)
        where T : struct, IFormattable => new(field, value => value.ToString(null, CultureInfo.InvariantCulture));

    // Of the time's own clock reading: those without a zone are UTC here, whatever the machine's is.
    private static string TextOf(DateTime time) => (time.Ticks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond is var micros
        && TimestampText.IsInRange(micros) ? TimestampText.Format(micros) : $"{time:O}";

    private sealed class Column<T>(DataField field, Func<T, string> text) : ParquetColumn(field.Name)
        where T : struct
    {
        private T[] _values = [];
        private int[] _levels = [];
        private int _row;
        private int _value;

        public override async ValueTask ReadAsync(ParquetRowGroupReader group, CancellationToken cancellationToken)
        {
            var rows = (int)group.RowCount;
            // Of what the pages claim to have more of, nothing fits.
            (_values, _levels) = (new T[rows], field.MaxDefinitionLevel > 0 ? new int[rows] : []);
            (_row, _value) = (0, 0);
            // None, and not the empty memory that a null array becomes.
            var levels = field.MaxDefinitionLevel > 0 ? _levels : default(Memory<int>?);
            await group.ReadRawAsync<T>(field, _values, levels, null, cancellationToken);
        }

        public override string? Next() => _levels.Length > 0 && _levels[_row++] == 0 ? null : text(_values[_value++]);
    }
}
