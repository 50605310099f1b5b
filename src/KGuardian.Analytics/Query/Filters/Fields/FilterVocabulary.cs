using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Query.Names;

namespace KGuardian.Analytics.Query.Filters.Fields;

/// <summary>
/// The fields that filters of one family of routes have, and what they are called there. Names may have any case; what is behind a prefix is a key, as it is.
/// </summary>
internal sealed class FilterVocabulary
{
    private readonly Dictionary<string, FlowField> _byName;
    private readonly FieldPrefix[] _prefixes;

    /// <summary>A vocabulary.</summary>
    /// <param name="name">What it is of.</param>
    /// <param name="fields">Its fields; no two may have a name in common.</param>
    /// <param name="prefixes">Fields by prefix; the longest that fits counts, and a field's own name before all of them.</param>
    /// <param name="nullIsAbsent">
    /// Whether a bare <c>null</c> says that there is no value, and typographic quotes around a bare value are a mistake: how documents of other products write.
    /// </param>
    public FilterVocabulary(string name, IEnumerable<FlowField> fields, IEnumerable<FieldPrefix> prefixes, bool nullIsAbsent)
    {
        (Name, NullIsAbsent) = (name, nullIsAbsent);
        Fields = [.. nullIsAbsent ? fields.Select(field => field.WithNull()) : fields];
        _byName = Fields.SelectMany(field => field.Aliases.Prepend(field.Name).Distinct().Select(called => (called, field)))
            .ToDictionary(pair => pair.called, pair => pair.field, StringComparer.OrdinalIgnoreCase);
        _prefixes = [.. prefixes.OrderByDescending(prefix => prefix.Prefix.Length)];
    }

    /// <summary>That of the native routes.</summary>
    public static FilterVocabulary Flows { get; } = new(
        "flows", FlowField.All,
        FlowName.Labels.Select(label => new FieldPrefix(label.Prefix, key => FlowField.OfLabel(label.Prefix + key, label.Key, key))), nullIsAbsent: false);

    /// <summary>What it is of.</summary>
    public string Name { get; }

    /// <summary>Its fields, without those by prefix.</summary>
    public IReadOnlyList<FlowField> Fields { get; }

    /// <summary>Every name that it takes, sorted; of prefixes with an asterisk for the key.</summary>
    public IReadOnlyList<string> Names =>
        [.. _byName.Keys.Concat(_prefixes.Select(prefix => $"{prefix.Prefix}*")).Order(StringComparer.Ordinal)];

    /// <summary>Whether a bare <c>null</c> says that there is no value, and typographic quotes are a mistake.</summary>
    internal bool NullIsAbsent { get; }

    /// <summary>The field called so.</summary>
    /// <exception cref="FilterException">There is none; it suggests the nearest.</exception>
    public FlowField Find(string name)
    {
        if (_byName.TryGetValue(name, out var field))
        {
            return field;
        }

        var prefix = Array.Find(
            _prefixes, prefix => name.Length > prefix.Prefix.Length && name.StartsWith(prefix.Prefix, StringComparison.OrdinalIgnoreCase));
        if (prefix is null)
        {
            throw new FilterException(
                $"there is no field {Words.Quote(name)}",
                "a field: " + Words.Or([.. Fields.Select(known => known.Name), .. _prefixes.Reverse().Select(known => $"{known.Prefix}<key>")]),
                NearestName.Of(name, _byName.Keys))
            { IsUnknownField = true };
        }

        var made = prefix.Field(name[prefix.Prefix.Length..]);
        return NullIsAbsent ? made.WithNull() : made;
    }

    /// <inheritdoc/>
    public override string ToString() => Name;
}

/// <summary>Fields whose names begin alike.</summary>
/// <param name="Prefix">The begin, with the dot.</param>
/// <param name="Field">The field of the key that is behind it.</param>
internal sealed record FieldPrefix(string Prefix, Func<string, FlowField> Field);
