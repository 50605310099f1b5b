using System.CommandLine;

namespace KGuardian.Analytics.Server.Commands;

/// <summary>A verb of the command line: one class each, listed in <see cref="CommandLine"/>. Besides its options it takes settings.</summary>
internal abstract class Verb : Command
{
    protected Verb(string name, string description, string examples)
        : base(name, description)
    {
        Examples = examples;
        // Settings; what is none is refused by SettingsArguments.
        TreatUnmatchedTokensAsErrors = false;
        SetAction(RunAsync);
    }

    /// <summary>Lines of the help text: what is typed, and what it does.</summary>
    public string Examples { get; }

    /// <summary>Whether settings mean something to it.</summary>
    public virtual bool TakesSettings => true;

    /// <summary>Does it; returns the exit code.</summary>
    public abstract Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken);
}
