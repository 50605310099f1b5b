namespace KGuardian.Analytics.Server.Startup;

/// <summary>How the program ends; part of its contract, for scripts.</summary>
internal static class ExitCode
{
    /// <summary>Ended as asked.</summary>
    public const int Fine = 0;

    /// <summary>Could not do what was asked; standard error says why.</summary>
    public const int Failed = 1;

    /// <summary>A setting, a verb or an option is wrong; nothing was done.</summary>
    public const int Usage = 2;

    /// <summary>The doctor, or a check, found warnings; an import had rows that cannot be stored.</summary>
    public const int Warnings = 3;

    /// <summary>The doctor, or a check, found errors.</summary>
    public const int Errors = 4;
}
