using KGuardian.Analytics.Ingest;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public class BufferBudgetTests
{
    [Fact]
    public void Take_up_to_the_limit_is_granted_and_beyond_refused_without_taking()
    {
        var budget = new BufferBudget(100);
        budget.Take(60);
        budget.Take(40);

        var error = Assert.Throws<IngestUnavailableException>(() => budget.Take(1));

        Assert.Contains("Ingest:MaxBufferedBytes", error.Message, StringComparison.Ordinal);
        Assert.Equal(100, budget.Taken);
        budget.GiveBack(60);
        budget.Take(59);
        Assert.Equal(99, budget.Taken);
    }

    [Fact]
    public void Take_and_give_back_by_many_threads_ends_at_zero()
    {
        var budget = new BufferBudget(10);
        long held = 0, most = 0, refused = 0;

        Parallel.For(0, 20_000, i =>
        {
            try
            {
                budget.Take(1 + (i % 4));
            }
            catch (IngestUnavailableException)
            {
                Interlocked.Increment(ref refused);
                return;
            }

            // What was granted and is not given back: never more than the limit.
            var now = Interlocked.Add(ref held, 1 + (i % 4));
            for (var seen = Interlocked.Read(ref most); now > seen; seen = Interlocked.Read(ref most))
            {
                Interlocked.CompareExchange(ref most, now, seen);
            }

            Thread.SpinWait(100);
            Interlocked.Add(ref held, -1 - (i % 4));
            budget.GiveBack(1 + (i % 4));
        });

        Assert.Equal(0, budget.Taken);
        Assert.InRange(most, 1, 10);
        Assert.True(refused < 20_000);
    }
}
