using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Terminal;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>What verbs have in common that show flows of a running server.</summary>
internal abstract class FlowServerVerb : Verb
{
    private readonly ServerOptions _server = new();

    protected FlowServerVerb(string name, string description, string examples)
        : base(name, description, examples)
    {
    }

    /// <summary>The window and the filter.</summary>
    protected SelectionOptions Selection { get; } = new();

    /// <summary>Whether the server's answer is printed as it is.</summary>
    protected Option<bool> Json { get; } = new("--json") { Description = "Print the server's answer, JSON." };

    /// <summary>Adds the selection, the verb's own options, and those that all have.</summary>
    protected void AddOptions(params Option[] own)
    {
        Selection.AddTo(this);
        foreach (var option in own)
        {
            Add(option);
        }

        Add(Json);
        _server.AddTo(this);
    }

    /// <summary>The server to ask.</summary>
    protected ServerClient Open(ParseResult arguments) => _server.Require(arguments, SettingsArguments.Read(arguments).Settings);

    /// <summary>A number that must be within limits.</summary>
    protected static string? Within(string name, int? given, int least, int most) => given is null ? null
        : given >= least && given <= most ? given.Value.ToString(CultureInfo.InvariantCulture)
        : throw new UsageException($"{name} {given} must be from {least} to {most}");

    /// <summary>Prints an answer's rows as a table, or all of it as JSON. What was left out is said on standard error.</summary>
    protected void Print(ParseResult arguments, JsonElement answer, string? more)
    {
        if (arguments.GetValue(Json))
        {
            Console.Out.WriteLine(JsonSerializer.Serialize(answer, SnakeCaseJson.Indented));
            return;
        }

        var rows = answer.GetProperty("data").EnumerateArray().ToArray();
        RowTable.Print(rows);
        var window = answer.GetProperty("window");
        if (rows.Length == 0)
        {
            Console.Error.WriteLine($"nothing from {window.GetProperty("from").GetString()} to {window.GetProperty("to").GetString()}");
        }
        else if (answer.GetProperty("cut").GetBoolean() && more is not null)
        {
            Console.Error.WriteLine(more);
        }
    }
}
