using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace KGuardian.Analytics.Views;

/// <summary>A view of the console that was kept.</summary>
/// <param name="Name">What people call it; there is one of a name.</param>
/// <param name="Address">A page of the console with its parameters, such as <c>flows?from=-1h</c>; never leads out of it.</param>
/// <param name="Version">Grows with every change; microseconds since 1970, made distinct.</param>
/// <param name="CreatedOn">When it was made.</param>
/// <param name="CreatedBy">Who made it.</param>
/// <param name="ChangedOn">When it was changed last.</param>
/// <param name="ChangedBy">Who changed it last.</param>
internal sealed partial record SavedView(
    string Name, string Address, long Version, DateTimeOffset CreatedOn, string CreatedBy, DateTimeOffset ChangedOn, string ChangedBy)
{
    /// <summary>Most characters of a name: what a menu shows in a line.</summary>
    public const int LongestName = 80;

    /// <summary>Most characters of an address: what all browsers and proxies take in a request's line.</summary>
    public const int LongestAddress = 4096;

    /// <summary>Makes sure that a name and an address can be kept.</summary>
    /// <exception cref="ViewException">One cannot.</exception>
    public static void Check(string name, string address)
    {
        CheckName(name);
        if (address.Length > LongestAddress)
        {
            throw new ViewException("address", $"has {address.Length} characters", $"at most {LongestAddress}");
        }

        if (!AddressForm().IsMatch(address))
        {
            throw new ViewException("address", "is no address within the console", "a page and its parameters, escaped as in a link, such as flows?from=-1h");
        }
    }

    /// <summary>Makes sure that a name can be one: it is shown as it is, so that nothing in it may be invisible, or turn what stands around it.</summary>
    /// <exception cref="ViewException">It cannot.</exception>
    public static void CheckName(string name)
    {
        const string Allowed = "1 to 80 characters that can be seen, without space around them";
        if (name.Length is 0 or > LongestName)
        {
            throw new ViewException("name", $"has {name.Length} characters", Allowed);
        }

        if (name.Trim().Length != name.Length)
        {
            throw new ViewException("name", "has space around it", Allowed);
        }

        if (name.EnumerateRunes().Any(IsInvisible))
        {
            throw new ViewException("name", "has a character that cannot be seen", Allowed);
        }
    }

    private static bool IsInvisible(Rune rune) => rune == Rune.ReplacementChar || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned;

    /// <summary>One segment of small letters: no scheme, no other host, no path that leads up; behind it what RFC 3986 lets a query have.</summary>
    [GeneratedRegex(@"\A[a-z]{1,20}(\?[A-Za-z0-9\-._~%!$&'()*+,;=:@/?]*)?\z")]
    private static partial Regex AddressForm();
}
