using System.CommandLine;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>completion</c>: scripts for shells, which ask this program what can follow (the directive <c>[suggest]</c>).</summary>
internal sealed class CompletionCommand : Verb
{
    private const string Bash = """
        _kguardian_analytics() {
          local line=${COMP_LINE:0:COMP_POINT} word=${COMP_WORDS[COMP_CWORD]} IFS=$'\n'
          COMPREPLY=($(compgen -W "$("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)" -- "$word"))
          [ ${#COMPREPLY[@]} -gt 0 ] || compopt -o default 2>/dev/null
        }
        complete -F _kguardian_analytics kguardian-analytics
        """;

    private const string Zsh = """
        #compdef kguardian-analytics
        _kguardian_analytics() {
          local line="${words[1,CURRENT]}"
          local -a found=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
          compadd -a found || _files
        }
        compdef _kguardian_analytics kguardian-analytics
        """;

    private const string Fish = """
        function __kguardian_analytics
          set -l line (commandline -cp)
          set -l found (kguardian-analytics "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
          test (count $found) -gt 0; and printf '%s\n' $found; or __fish_complete_path (commandline -ct)
        end
        complete -c kguardian-analytics -f -a '(__kguardian_analytics)'
        """;

    private readonly Argument<string> _shell = new("shell") { Description = "bash, zsh or fish." };

    public CompletionCommand()
        : base("completion", "Prints a script by which a shell completes verbs, options and values.", """
              kguardian-analytics completion bash > /etc/bash_completion.d/kguardian-analytics
              kguardian-analytics completion zsh > ~/.zfunc/_kguardian-analytics
              kguardian-analytics completion fish > ~/.config/fish/completions/kguardian-analytics.fish
            """)
    {
        _shell.AcceptOnlyFromAmong("bash", "zsh", "fish");
        Add(_shell);
    }

    public override bool TakesSettings => false;

    public override Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        Console.Out.WriteLine(arguments.GetValue(_shell) switch { "bash" => Bash, "zsh" => Zsh, _ => Fish });
        return Task.FromResult(ExitCode.Fine);
    }
}
