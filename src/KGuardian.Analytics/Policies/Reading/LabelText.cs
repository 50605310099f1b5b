using System.Text.RegularExpressions;
using KGuardian.Analytics.Policies.Documents;

namespace KGuardian.Analytics.Policies.Reading;

/// <summary>The forms of names, label keys and label values, as Kubernetes checks them.</summary>
internal static partial class LabelText
{
    /// <summary>Characters of a name: a DNS subdomain's.</summary>
    private const int LongestName = 253;

    /// <summary>The name of an object or namespace.</summary>
    public static string CheckedName(DocumentField field) => field.Text() is var text && IsName(text) ? text
        : throw field.Wrong(
            $"'{DocumentField.Shown(text)}' is no name: at most {LongestName} lower-case letters, digits, '-' and '.', with a letter or digit at both ends");

    /// <summary>A label's key: a name of at most 63 characters, with a DNS subdomain and a slash in front or without.</summary>
    public static string CheckedKey(string key, DocumentField at)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return slash <= 0 ? Checked(slash < 0 && Part().IsMatch(key)) : Checked(IsName(key[..slash]) && Part().IsMatch(key[(slash + 1)..]));

        string Checked(bool isKey) => isKey ? key
            : throw at.Wrong($"'{DocumentField.Shown(key)}' is no label: [domain/]name with at most 63 letters, digits, '-', '_' and '.' in the name");
    }

    /// <summary>A label's value.</summary>
    public static string CheckedValue(DocumentField field) => field.Text() is var text && (text.Length == 0 || Part().IsMatch(text)) ? text
        : throw field.Wrong(
            $"'{DocumentField.Shown(text)}' is no value of a label: at most 63 letters, digits, '-', '_' and '.', with a letter or digit at both ends");

    /// <summary>Whether Kubernetes takes a label.</summary>
    public static bool IsLabel(string key, string value)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        return IsValue(value) && slash != 0 && Part().IsMatch(key[(slash + 1)..]) && (slash < 0 || IsName(key[..slash]));
    }

    /// <summary>Whether a text can be a label's value.</summary>
    public static bool IsValue(string value) => value.Length == 0 || Part().IsMatch(value);

    /// <summary>Whether a text can be the name of a namespace or an object.</summary>
    public static bool IsObjectName(string text) => IsName(text);

    /// <summary>The name of a container's port.</summary>
    public static string CheckedPortName(DocumentField field) => field.Text() is var text && PortName().IsMatch(text) ? text
        : throw field.Wrong(
            $"'{DocumentField.Shown(text)}' is no port: a number without quotes, or a name of at most 15 lower-case letters, digits and single '-', "
            + "with a letter in it and none of '-' at its ends");

    private static bool IsName(string text) => text.Length <= LongestName && Name().IsMatch(text);

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Name();

    [GeneratedRegex(@"\A[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Part();

    [GeneratedRegex(@"\A(?=.{1,15}\z)(?=.*[a-z])[a-z0-9]+(-[a-z0-9]+)*\z", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex PortName();
}
