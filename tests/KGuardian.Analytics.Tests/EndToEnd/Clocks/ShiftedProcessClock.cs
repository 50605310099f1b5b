using KGuardian.Analytics.Tests.Testing.Programs;

namespace KGuardian.Analytics.Tests.EndToEnd.Clocks;

/// <summary>
/// The wall clock of real processes, set by a test: a small library that is preloaded into them (tests/clock/clock.c), built with the machine's compiler.
/// </summary>
internal sealed class ShiftedProcessClock : IDisposable
{
    private readonly string _file;
    private readonly string _library;

    private ShiftedProcessClock(string file, string library)
    {
        _file = file;
        _library = library;
    }

    /// <summary>What a process needs to have this clock.</summary>
    public (string Name, string Value)[] Environment => [("LD_PRELOAD", _library), ("CLOCK_SHIFT_FILE", _file)];

    public static async Task<ShiftedProcessClock> BuildAsync(string directory)
    {
        var library = Path.Combine(directory, "clock.so");
        await Command.RunAsync("cc", "-shared", "-fPIC", "-O1", "-o", library, Path.Combine(Repository.Root, "tests/clock/clock.c"), "-ldl");
        var clock = new ShiftedProcessClock(Path.Combine(directory, "shift"), library);
        clock.Set(TimeSpan.Zero);
        return clock;
    }

    /// <summary>Sets the clock, of running processes too.</summary>
    public void Set(TimeSpan wrong)
    {
        using var file = File.OpenHandle(_file, FileMode.OpenOrCreate, FileAccess.Write, FileShare.ReadWrite);
        // The mapped page is written in one piece: no process reads half of a number.
        RandomAccess.Write(file, BitConverter.GetBytes((long)wrong.TotalSeconds), 0);
    }

    public void Dispose() => File.Delete(_file);
}
