using System.Security.Cryptography;

namespace KGuardian.Analytics.Exports.Schedules;

/// <summary>Ids of schedules and files: 27 letters and digits, 160 bits that nobody guesses. So they are safe as names of files, too.</summary>
internal static class ExportId
{
    private const string Alphabet = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const string SchedulePrefix = "schedule-";

    /// <summary>62^27 is more than 2^160.</summary>
    private const int Length = 27;

    /// <summary>A new file's.</summary>
    public static string NewFile() => RandomNumberGenerator.GetString(Alphabet, Length);

    /// <summary>A new schedule's.</summary>
    public static string NewSchedule() => SchedulePrefix + NewFile();

    /// <summary>Whether a text is the id of a file.</summary>
    public static bool IsFile(string text) => text.Length == Length && text.All(char.IsAsciiLetterOrDigit);
}
