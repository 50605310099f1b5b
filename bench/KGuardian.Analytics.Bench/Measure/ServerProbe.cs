namespace KGuardian.Analytics.Bench.Measure;

/// <summary>Watches the server under test: its own process, and apart from it its children (the ClickHouse node; PostgreSQL).</summary>
/// <param name="Pid">The server's process, or null when unknown: then only the generator's own time is measured.</param>
/// <param name="DataDirectory">Where it keeps its data, or null.</param>
/// <param name="StorePid">The root of the store's processes where they are not children of the server.</param>
internal sealed record ServerProbe(int? Pid, string? DataDirectory, int? StorePid = null)
{
    public CpuSample SampleCpu()
    {
        var generator = Environment.CpuUsage.TotalTime.TotalSeconds;
        var server = Pid is { } pid ? ProcessStatus.CpuSeconds(pid) : 0;
        var store = StorePids().Sum(ProcessStatus.CpuSeconds);
        return new(generator, server, store, ProcessStatus.MachineCpuSeconds() - generator - server - store);
    }

    public long ServerPeakBytes => Pid is { } pid ? ProcessStatus.PeakResidentBytes(pid) : 0;

    /// <summary>The largest of the store's processes: PostgreSQL's share memory, so that a sum would count it many times.</summary>
    public long StorePeakBytes => StorePids().Select(ProcessStatus.PeakResidentBytes).DefaultIfEmpty().Max();

    public long ServerBytes => Pid is { } pid ? ProcessStatus.ResidentBytes(pid) : 0;

    /// <summary>Of the largest of the store's processes.</summary>
    public long StoreBytes => StorePids().Select(ProcessStatus.ResidentBytes).DefaultIfEmpty().Max();

    /// <summary>Bytes that the files take up, as a plain sum of their lengths.</summary>
    public long DiskBytes => DataDirectory is null ? 0 : SumFiles(new(DataDirectory));

    private IEnumerable<int> StorePids()
    {
        if (StorePid is { } store)
        {
            return ProcessStatus.Descendants(store).Prepend(store);
        }

        return Pid is { } pid ? ProcessStatus.Descendants(pid) : [];
    }

    private static long SumFiles(DirectoryInfo directory)
    {
        var everything = new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint, IgnoreInaccessible = true };
        var sum = 0L;
        foreach (var file in directory.EnumerateFiles("*", everything))
        {
            try
            {
                sum += file.Length;
            }
            catch (FileNotFoundException)
            {
                // A merge removed it since it was listed.
            }
        }

        return sum;
    }
}
