using System.CommandLine;
using System.Text.Json;
using KGuardian.Analytics.Policies.Documents;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>What verbs have in common that ask a running server about policies and stored flows.</summary>
internal abstract class PolicyServerVerb : Verb
{
    private readonly SelectionOptions _selection = new();
    private readonly ServerOptions _server = new();

    protected PolicyServerVerb(string name, string description, string examples)
        : base(name, description, examples)
    {
        _selection.AddTo(this);
        Add(Namespace);
        _server.AddTo(this);
        Add(Json);
    }

    /// <summary>The namespace of policies that name none, or that is proposed for.</summary>
    protected Option<string> Namespace { get; } = new("--namespace") { Description = "The namespace of policies that name none.", HelpName = "name" };

    /// <summary>Whether the server's answer is printed as it is.</summary>
    protected Option<bool> Json { get; } = new("--json") { Description = "Print the server's answer, JSON." };

    /// <summary>The files of an argument as one text of documents.</summary>
    protected static async Task<string> ReadAsync(IEnumerable<string> files, CancellationToken cancellationToken)
    {
        var documents = new List<string>();
        foreach (var file in files)
        {
            using var reader = file == "-" ? new StreamReader(Console.OpenStandardInput()) : new StreamReader(file);
            var text = await reader.ReadToEndAsync(cancellationToken);
            documents.Add(text.Length <= DocumentReader.MaxBytes ? text
                : throw new UsageException($"{file} has {text.Length} characters; at most {DocumentReader.MaxBytes} are taken"));
        }

        return string.Join("\n---\n", documents);
    }

    /// <summary>The server to ask, and the query of a route.</summary>
    protected (ServerClient Server, string Query) Prepare(ParseResult arguments, params (string Name, string? Value)[] others)
    {
        var (settings, _) = SettingsArguments.Read(arguments);
        var server = _server.Require(arguments, settings);
        return (server, _selection.Query(arguments, [("namespace", arguments.GetValue(Namespace)), .. others]));
    }

    /// <summary>Prints edges of an answer, a line each.</summary>
    protected static void PrintEdges(JsonElement answer, Func<JsonElement, bool> isShown)
    {
        foreach (var edge in answer.GetProperty("edges").EnumerateArray().Where(isShown))
        {
            var blocked = edge.TryGetProperty("blocked_by", out var by)
                ? string.Concat(by.EnumerateArray().Select(one =>
                    $" by {one.GetProperty("direction").GetString()} of {string.Join(", ", one.GetProperty("policies").EnumerateArray())}")) : "";
            Console.Out.WriteLine(
                $"{edge.GetProperty("verdict").GetString()}{blocked}: {Owner(edge, "client")} -> {Owner(edge, "server")} "
                + $"{edge.GetProperty("protocol").GetString()} {edge.GetProperty("server_port")}, {edge.GetProperty("flows")} flows "
                + $"({edge.GetProperty("decision").GetString()}), "
                + $"last new {edge.GetProperty("last_seen").GetString()}");
        }
    }

    private static string Owner(JsonElement edge, string end)
    {
        var owner = edge.GetProperty(end);
        var space = owner.GetProperty("namespace").GetString();
        return $"{owner.GetProperty("kind").GetString()} {(space?.Length > 0 ? $"{space}/" : "")}{owner.GetProperty("name").GetString()}";
    }
}
