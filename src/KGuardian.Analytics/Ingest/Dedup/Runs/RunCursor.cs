namespace KGuardian.Analytics.Ingest.Dedup.Runs;

/// <summary>Goes through a run's keys in order.</summary>
internal sealed class RunCursor(KeyRun run)
{
    /// <summary>256 KiB at a time.</summary>
    private const int PagesAtATime = 64;

    private readonly byte[] _pages = new byte[PagesAtATime * KeyPage.Bytes];
    private readonly KeyEntry[] _entries = new KeyEntry[KeyPage.MaxEntries];
    private int _read;
    private int _page;
    private int _pagesHeld;
    private int _at;
    private int _count;

    /// <summary>The key it stands on, once <see cref="MoveNext"/> said that there is one.</summary>
    public KeyEntry Current => _entries[_at];

    /// <summary>Goes to the next key; false behind the last one.</summary>
    /// <exception cref="InvalidDataException">A page is damaged.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public bool MoveNext()
    {
        if (++_at < _count)
        {
            return true;
        }

        if (_page == _pagesHeld)
        {
            _pagesHeld = Math.Min(PagesAtATime, run.Pages - _read);
            if (_pagesHeld == 0)
            {
                return false;
            }

            run.ReadPages(_read, _pages.AsSpan(0, _pagesHeld * KeyPage.Bytes));
            _read += _pagesHeld;
            _page = 0;
        }

        var page = _pages.AsSpan(_page++ * KeyPage.Bytes, KeyPage.Bytes);
        KeyPage.Read(page, run.FirstDay, _entries);
        (_at, _count) = (0, KeyPage.Count(page));
        return true;
    }
}
