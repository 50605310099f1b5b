
namespace KGuardian.Analytics.Tests.Integration.Clocks;

/// <summary>
/// Random sequences of steps of the clock, restarts of server and machine, kills, posts, reads, sweeps and an administrator's word, against a model that knows
/// the true time: no flow vanishes before it has had its days, none shows twice, and what is answered to a post is what a read shows.
/// </summary>
public sealed class ClockSequenceTests(ITestOutputHelper output)
{
    private const int Operations = 25;

    /// <summary>What the credit of a clock may take from a flow's days: ten minutes a day, of three days, and as much at the begin.</summary>
    private static readonly TimeSpan Slack = TimeSpan.FromHours(1);

    [Theory]
    [InlineData(1, 8)]
    [InlineData(2, 8)]
    public Task Flows_outlive_every_sequence_of_clocks(int seed, int sequences) => RunAsync(Fuzz.Seed(seed * 1000), sequences);

    [Theory]
    [Trait("Length", "Long")]
    [InlineData(100, 1000)]
    public Task Flows_outlive_a_thousand_sequences_of_clocks(int seed, int sequences) => RunAsync(Fuzz.Seed(seed * 1000), sequences);

    private async Task RunAsync(int firstSeed, int sequences)
    {
        for (var seed = firstSeed; seed < firstSeed + sequences; seed++)
        {
            var sequence = new ClockSequence(seed, Slack);
            try
            {
                await sequence.RunAsync(Operations);
            }
            finally
            {
                output.WriteLine($"sequence {seed}:\n{sequence.Story}");
            }
        }
    }
}
