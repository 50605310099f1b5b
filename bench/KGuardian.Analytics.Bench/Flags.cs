using System.Globalization;

namespace KGuardian.Analytics.Bench;

/// <summary>Flags of the form <c>--name value</c> or <c>--name</c>. Every flag must be asked for, so a mistyped one is an error.</summary>
internal sealed class Flags
{
    private readonly Dictionary<string, string> _values = [];
    private readonly HashSet<string> _asked = [];

    public Flags(IReadOnlyList<string> arguments)
    {
        for (var i = 0; i < arguments.Count; i++)
        {
            if (!arguments[i].StartsWith("--", StringComparison.Ordinal))
            {
                throw new ArgumentException($"Expected a flag such as --seconds, got '{arguments[i]}'.");
            }

            var hasValue = i + 1 < arguments.Count && !arguments[i + 1].StartsWith("--", StringComparison.Ordinal);
            _values[arguments[i][2..]] = hasValue ? arguments[++i] : "true";
        }
    }

    public string? Text(string name)
    {
        _asked.Add(name);
        return _values.GetValueOrDefault(name);
    }

    public string Text(string name, string fallback) => Text(name) ?? fallback;

    public bool Has(string name) => Text(name) is not null;

    public double Number(string name, double fallback)
    {
        var text = Text(name);
        if (text is null)
        {
            return fallback;
        }

        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number >= 0
            ? number
            : throw new ArgumentException($"--{name} must be a number from 0 up, got '{text}'.");
    }

    public int Count(string name, int fallback) => (int)Math.Min(int.MaxValue, Number(name, fallback));

    public TimeSpan Seconds(string name, double fallback) => TimeSpan.FromSeconds(Number(name, fallback));

    /// <summary>Call after all flags were asked for.</summary>
    public void RejectUnknown()
    {
        if (_values.Keys.FirstOrDefault(name => !_asked.Contains(name)) is { } unknown)
        {
            throw new ArgumentException($"Unknown flag --{unknown}; known here: {string.Join(", ", _asked.Select(name => "--" + name))}.");
        }
    }
}
