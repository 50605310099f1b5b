using System.Collections.Concurrent;
using System.Linq.Expressions;
using System.Net;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ClickHouse.Driver.ADO.Readers;

namespace KGuardian.ClickHouse.Client;

/// <summary>
/// Makes values of <typeparamref name="T"/> of a result's rows: of the only column when it is a number, a text, a date or the like; else of the
/// columns that are named as the constructor's parameters and the properties are, in snake_case. The driver's own mapper wants a constructor
/// without parameters and exactly the column's type. Numbers become any other in which they have a place; a property that is not required may
/// have no column.
/// </summary>
internal static class RowMapper<T>
{
    // One for each list of columns: a type is asked for with few.
    private static readonly ConcurrentDictionary<string, Func<ClickHouseDataReader, T>> Compiled = new();

    /// <summary>All rows that are left.</summary>
    /// <exception cref="InvalidCastException">A column is of a type that cannot become the property's, or is NULL where that cannot be.</exception>
    /// <exception cref="OverflowException">A number has no place in the property.</exception>
    public static List<T> ReadAll(ClickHouseDataReader reader)
    {
        var rows = new List<T>();
        if (reader.Read())
        {
            var columns = Enumerable.Range(0, reader.FieldCount).Select(i => $"{reader.GetName(i)} {reader.GetDataTypeName(i)}");
            var read = Compiled.GetOrAdd(string.Join('\n', columns), _ => Compile(reader));
            do
            {
                rows.Add(read(reader));
            }
            while (reader.Read());
        }

        return rows;
    }

    private static Func<ClickHouseDataReader, T> Compile(ClickHouseDataReader columns)
    {
        var row = Expression.Parameter(typeof(ClickHouseDataReader));
        var value = IsOneColumn(typeof(T)) ? Column(row, columns, 0, typeof(T)) : Members(row, columns);
        return Expression.Lambda<Func<ClickHouseDataReader, T>>(value, row).Compile();
    }

    private static bool IsOneColumn(Type type) =>
        type.IsArray || type == typeof(string) || (Nullable.GetUnderlyingType(type) ?? type) is { IsValueType: true, Namespace: "System" or "System.Numerics" };

    private static MemberInitExpression Members(ParameterExpression row, ClickHouseDataReader columns)
    {
        var ordinals = Enumerable.Range(0, columns.FieldCount).ToDictionary(columns.GetName, StringComparer.Ordinal);
        var constructor = typeof(T).GetConstructors().MaxBy(candidate => candidate.GetParameters().Length)!;
        var parameters = constructor.GetParameters();
        var properties = typeof(T).GetProperties()
            .Where(property => property.CanWrite && !parameters.Any(parameter => parameter.Name == property.Name));
        return Expression.MemberInit(
            Expression.New(constructor, parameters.Select(parameter => ValueOf(parameter.Name!, parameter.ParameterType, isRequired: true)!)),
            from property in properties
            let value = ValueOf(property.Name, property.PropertyType, property.IsDefined(typeof(RequiredMemberAttribute)))
            where value is not null
            select Expression.Bind(property, value));

        Expression? ValueOf(string name, Type type, bool isRequired) =>
            ordinals.TryGetValue(JsonNamingPolicy.SnakeCaseLower.ConvertName(name), out var ordinal) ? Column(row, columns, ordinal, type)
            : isRequired ? throw new InvalidCastException($"No column is for {name} of {typeof(T)}.")
            : null;
    }

    private static Expression Column(ParameterExpression row, ClickHouseDataReader columns, int ordinal, Type type)
    {
        var at = Expression.Constant(ordinal);
        var columnType = columns.GetFieldType(ordinal);
        columnType = Nullable.GetUnderlyingType(columnType) ?? columnType;
        Expression value;
        try
        {
            value = columnType == typeof(DBNull)
                ? Expression.Default(type)
                : Converted(Expression.Call(row, nameof(ClickHouseDataReader.GetFieldValue), [columnType], at), Nullable.GetUnderlyingType(type) ?? type);
        }
        catch (InvalidOperationException e)
        {
            throw new InvalidCastException(
                $"Column {columns.GetName(ordinal)} is {columns.GetDataTypeName(ordinal)}, which cannot become {type} (of {typeof(T)}).", e);
        }

        // A NULL that has no place makes GetFieldValue throw.
        var hasNull = !type.IsValueType || Nullable.GetUnderlyingType(type) is not null;
        return hasNull && columns.GetDataTypeName(ordinal).Contains("Nullable", StringComparison.Ordinal)
            ? Expression.Condition(Expression.Call(row, nameof(ClickHouseDataReader.IsDBNull), [], at), Expression.Default(type), Convert(value, type))
            : Convert(value, type);
    }

    private static Expression Converted(Expression value, Type type) =>
        type == typeof(DateOnly) && value.Type == typeof(DateTime) ? Expression.Call(typeof(DateOnly), nameof(DateOnly.FromDateTime), [], value)
        // As ClickHouse writes them.
        : type == typeof(string) && (value.Type == typeof(Guid) || value.Type == typeof(IPAddress)) ? Expression.Call(value, nameof(ToString), [])
        : type.IsEnum && value.Type == typeof(string) ? Expression.Call(typeof(Enum), nameof(Enum.Parse), [type], value)
        : Convert(value, type);

    private static Expression Convert(Expression value, Type type) => value.Type == type ? value : Expression.ConvertChecked(value, type);
}
