using KGuardian.Analytics.Store;

namespace KGuardian.Analytics.Tests.Unit.Store;

public sealed class TableBufferTests : IDisposable
{
    private readonly List<(string Token, int[] Rows)> _inserts = [];
    private readonly TableBuffer<List<int>> _buffer;
    private Action? _during;

    public TableBufferTests() => _buffer = new TableBuffer<List<int>>([], [], rows => rows.Count, rows => rows.Clear(), (rows, token, _) =>
    {
        _inserts.Add((token, [.. rows]));
        _during?.Invoke();
        return Task.CompletedTask;
    });

    public void Dispose() => _buffer.Dispose();

    [Fact]
    public async Task Flush_writes_what_was_added_once_and_each_batch_has_its_token()
    {
        Add(1, 2);
        await FlushAsync();
        await FlushAsync();
        Add(3);
        await FlushAsync();

        Assert.Equal([[1, 2], [3]], _inserts.Select(insert => insert.Rows));
        Assert.NotEqual(_inserts[0].Token, _inserts[1].Token);
        Assert.Equal(0, _buffer.Count);
    }

    [Fact]
    public async Task Batch_that_failed_stays_together_with_its_token_and_goes_first()
    {
        Add(1, 2);
        _during = () => throw new IOException();
        await Assert.ThrowsAsync<IOException>(FlushAsync);
        Add(3);
        await Assert.ThrowsAsync<IOException>(FlushAsync);
        Assert.Equal(3, _buffer.Count);

        _during = null;
        await FlushAsync();

        Assert.Equal([[1, 2], [1, 2], [1, 2], [3]], _inserts.Select(insert => insert.Rows));
        Assert.Single(_inserts.Take(3).Select(insert => insert.Token).Distinct());
        Assert.NotEqual(_inserts[2].Token, _inserts[3].Token);
        Assert.Equal(0, _buffer.Count);
    }

    [Fact]
    public async Task Rows_that_come_during_an_insert_are_of_the_next_batch()
    {
        Add(1);
        _during = () =>
        {
            _during = null;
            Add(2);
        };
        await FlushAsync();
        Assert.Equal(1, _buffer.Count);
        await FlushAsync();

        Assert.Equal([[1], [2]], _inserts.Select(insert => insert.Rows));
    }

    [Fact]
    public async Task Discard_forgets_what_gathers_and_what_failed()
    {
        Add(1);
        _during = () => throw new IOException();
        await Assert.ThrowsAsync<IOException>(FlushAsync);
        Add(2);

        await _buffer.DiscardAsync(CancellationToken.None);

        Assert.Equal(0, _buffer.Count);
        _during = null;
        await FlushAsync();
        Assert.Single(_inserts);
    }

    private Task FlushAsync() => _buffer.FlushAsync(CancellationToken.None);

    private void Add(params int[] rows)
    {
        lock (_buffer.Gate)
        {
            _buffer.Gathering.AddRange(rows);
        }
    }
}
