using KGuardian.Analytics.Ingest;

namespace KGuardian.Analytics.Tests.Ingest;

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

        Parallel.For(0, 20_000, i =>
        {
            try
            {
                budget.Take(1 + (i % 4));
            }
            catch (IngestUnavailableException)
            {
                return;
            }

            budget.GiveBack(1 + (i % 4));
        });

        Assert.Equal(0, budget.Taken);
    }
}
