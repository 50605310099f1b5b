namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>Makes one run of several, without what has expired.</summary>
internal static class RunMerge
{
    /// <summary>
    /// How many of the runs, given from the oldest to the newest, are to become one, counted from the newest: each run is then more than twice as
    /// large as all newer ones together, so that n keys in runs of k at first lie in log2(n / k) runs at most, and each was written that often. 0
    /// when nothing is to do.
    /// </summary>
    public static int Due(IReadOnlyList<KeyRun> runs)
    {
        var due = 0;
        var keys = 0L;
        for (var i = runs.Count - 1; i >= 0; i--)
        {
            if (i < runs.Count - 1 && runs[i].Keys <= 2 * keys)
            {
                due = runs.Count - i;
            }

            keys += runs[i].Keys;
        }

        return due;
    }

    /// <summary>Writes the merged run; null, and no file, when all have expired.</summary>
    /// <param name="path">Where no file is yet.</param>
    /// <param name="runs">What is merged; nothing happens to them.</param>
    /// <param name="oldestDay">Keys of earlier days are left out.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="InvalidDataException">A page is damaged.</exception>
    /// <exception cref="IOException">The disk is full, or fails.</exception>
    public static KeyRun? Write(string path, IReadOnlyCollection<KeyRun> runs, ushort oldestDay, CancellationToken cancellationToken)
    {
        var lastDay = runs.Max(run => run.LastDay);
        if (lastDay < oldestDay)
        {
            return null;
        }

        using var writer = new KeyRunWriter(
            path, runs.Sum(run => KeysFrom(run, oldestDay)), Math.Max(oldestDay, runs.Min(run => run.FirstDay)), lastDay);
        var cursors = runs.Select(run => new RunCursor(run)).Where(cursor => cursor.MoveNext()).ToList();
        for (var taken = 1L; cursors.Count > 0; taken++)
        {
            var least = 0;
            for (var i = 1; i < cursors.Count; i++)
            {
                if (cursors[i].Current.CompareTo(cursors[least].Current) < 0)
                {
                    least = i;
                }
            }

            var cursor = cursors[least];
            if (cursor.Current.Day >= oldestDay)
            {
                writer.Add(cursor.Current);
            }

            if (!cursor.MoveNext())
            {
                cursors.RemoveAt(least);
            }

            // A look at the token every 65,536 keys: a few milliseconds.
            if ((ushort)taken == 0)
            {
                cancellationToken.ThrowIfCancellationRequested();
            }
        }

        return writer.Finish();
    }

    /// <summary>Keys of a run that have not expired.</summary>
    public static long KeysFrom(KeyRun run, ushort oldestDay) => run.KeysOfDays.Skip(Math.Max(0, oldestDay - run.FirstDay)).Sum();
}
