using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Policies.Documents;

/// <summary>What a value without quotes is, as Kubernetes reads it: YAML 1.1, where <c>on</c> and <c>yes</c> are truth values.</summary>
internal static partial class YamlTypes
{
    /// <summary>Whether it is a text, and no number, truth value or null.</summary>
    public static bool IsText(string plain) => !Other().IsMatch(plain);

    [GeneratedRegex(
        """
        \A(?:
            ~ | null | Null | NULL |
            y | Y | yes | Yes | YES | n | N | no | No | NO | on | On | ON | off | Off | OFF | true | True | TRUE | false | False | FALSE |
            [-+]? (?: 0b[01_]+ | 0o?[0-7_]+ | 0x[0-9a-fA-F_]+ | [0-9][0-9_]* ) |
            [-+]? (?: \.[0-9]+ | [0-9]+ (?: \.[0-9]* )? ) (?: [eE][-+]?[0-9]+ )? |
            [-+]? \.(?: inf | Inf | INF ) | \.(?: nan | NaN | NAN )
        )?\z
        """,
        RegexOptions.IgnorePatternWhitespace | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Other();
}
