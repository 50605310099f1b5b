using System.CommandLine;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>Which flows a verb asks for: a window and a filter, as the API takes them.</summary>
internal sealed class SelectionOptions
{
    private readonly Option<string> _from = new("--from") { Description = "Begin of the window, such as -7d or 2026-05-12. Default: -24h.", HelpName = "time" };
    private readonly Option<string> _to = new("--to") { Description = "Its end, not part of it. Default: now.", HelpName = "time" };
    private readonly Option<string> _filter = new("--filter") { Description = "Which flows of it, as in ?filter= of the API.", HelpName = "text" };

    public void AddTo(Command command)
    {
        command.Add(_from);
        command.Add(_to);
        command.Add(_filter);
    }

    /// <summary>Begin of the window as it was given.</summary>
    public string? From(ParseResult arguments) => arguments.GetValue(_from);

    /// <summary>End of the window as it was given.</summary>
    public string? To(ParseResult arguments) => arguments.GetValue(_to);

    /// <summary>The filter as it was given.</summary>
    public string? Filter(ParseResult arguments) => arguments.GetValue(_filter);

    /// <summary>The query of a route: the selection, and other parameters; those without a value are left out.</summary>
    public string Query(ParseResult arguments, params (string Name, string? Value)[] others) =>
        Join([("from", From(arguments)), ("to", To(arguments)), ("filter", Filter(arguments)), .. others]);

    /// <summary>Parameters as a query; those without a value are left out.</summary>
    public static string Join(params (string Name, string? Value)[] parameters) => string.Join(
        '&', parameters.Where(parameter => parameter.Value is not null).Select(parameter => $"{parameter.Name}={Uri.EscapeDataString(parameter.Value!)}"));
}
