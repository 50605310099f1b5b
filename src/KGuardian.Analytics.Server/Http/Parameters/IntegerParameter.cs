using System.Globalization;
using System.Text.Json.Nodes;

namespace KGuardian.Analytics.Server.Http.Parameters;

/// <summary>A whole number in bounds, which has a default.</summary>
internal sealed class IntegerParameter : ApiParameter<int>
{
    private readonly int _least;
    private readonly int _default;

    /// <summary>A whole number from <paramref name="least"/> to <paramref name="most"/>.</summary>
    public IntegerParameter(string name, string text, int least, int most, int fallback)
        : base(name, text, SchemaOf(least, most, fallback), given => Parse(name, given, least, most), fallback) => (_least, _default) = (least, fallback);

    /// <summary>The same parameter where less is taken: the text of the declaration says where, and how much.</summary>
    public IntegerParameter AtMost(int most) => new(Name, Text, _least, most, _default) { Origin = this };

    /// <summary>The schema of whole numbers in bounds.</summary>
    internal static JsonObject SchemaOf(long least, long most, long? fallback)
    {
        var schema = new JsonObject { ["type"] = "integer", ["minimum"] = least, ["maximum"] = most };
        if (fallback is { } value)
        {
            schema["default"] = value;
        }

        return schema;
    }

    /// <summary>Reads a whole number in bounds.</summary>
    /// <exception cref="ParameterException">It is none.</exception>
    internal static int Parse(string name, string text, int least, int most) =>
        // .NET takes NULs behind a number.
        !text.EndsWith('\0') && int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number
            : throw new ParameterException(name, text, "is not a whole number in bounds", $"{least} to {most}");
}
