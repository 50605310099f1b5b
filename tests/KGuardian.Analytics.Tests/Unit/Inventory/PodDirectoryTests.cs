using KGuardian.Analytics.Inventory.Pods;

namespace KGuardian.Analytics.Tests.Unit.Inventory;

/// <summary>The directory against one that looks at every pod for every question.</summary>
public sealed class PodDirectoryTests
{
    private static readonly string[] Names = ["a", "b", "c", "d"];
    private static readonly string[] Spaces = ["", "x", "y"];

    [Fact]
    public void Random_states_in_any_order_give_what_a_list_of_the_newest_gives()
    {
        for (var round = 0; round < 60; round++)
        {
            var random = new Random(Fuzz.Seed(round));
            var states = Enumerable.Range(1, 80).Select(number => RandomState(random, number)).ToArray();
            random.Shuffle(states);
            var directory = PodDirectory.Empty(long.MaxValue);
            var applied = new List<PodState>();
            foreach (var some in states.Chunk(random.Next(1, 9)))
            {
                directory = directory.With(some);
                applied.AddRange(some);
                AssertSame(applied, directory);
            }

            // Again, all at once, is nothing new; and the order does not tell.
            AssertSame(applied, directory.With(states));
            Assert.Equal(directory.Fingerprint, PodDirectory.Empty(long.MaxValue).With(states).Fingerprint);
        }
    }

    [Fact]
    public void Directory_that_was_taken_before_a_change_stays_as_it_is()
    {
        var pod = new PodState { Namespace = "x", Name = "a", Ip = "1", Node = "n", Sequence = 1 };
        var before = PodDirectory.Empty(long.MaxValue).With([pod]);

        var after = before.With([pod with { IsDead = true, Sequence = 2 }, pod with { Name = "b", Sequence = 3 }]);

        Assert.Equal([pod], before.All);
        Assert.Equal([pod], before.OnNode("n"));
        Assert.Equal(2, after.All.Count);
        Assert.Equal(["b"], after.OnNode("n").Select(left => left.Name));
        Assert.NotEqual(before.Fingerprint, after.Fingerprint);
    }

    [Fact]
    public void Pods_that_ended_first_make_room_and_those_alive_never_do()
    {
        PodState Pod(int number, bool isDead) =>
            new()
            {
                Namespace = "x",
                Name = $"{number}",
                Ip = "1",
                Node = "n",
                IsDead = isDead,
                Sequence = number,
                RecordedMicros = number,
                Manifest = new byte[1000],
            };
        var one = Pod(1, false).Bytes;
        var directory = PodDirectory.Empty(5 * one)
            .With([Pod(1, true), Pod(2, false), Pod(3, true), Pod(4, false), Pod(5, true)]);
        Assert.Equal(5, directory.All.Count);

        directory = directory.With([Pod(6, false)]);
        Assert.Equal(["2", "3", "4", "5", "6"], directory.All.Select(pod => pod.Name));
        Assert.Equal(1, directory.Forgotten);
        Assert.True(directory.HasRoomFor(one));

        directory = directory.With([Pod(7, false), Pod(8, false)]);
        Assert.Equal(["2", "4", "6", "7", "8"], directory.All.Select(pod => pod.Name));
        Assert.False(directory.HasRoomFor(one));
    }

    [Fact]
    public void What_ended_before_a_time_is_gone_and_what_is_alive_stays_however_old()
    {
        PodState Pod(string name, bool isDead, long recorded) => new() { Name = name, IsDead = isDead, RecordedMicros = recorded, Sequence = recorded };

        var directory = PodDirectory.Empty(long.MaxValue)
            .With([Pod("old", false, 1), Pod("ended", true, 2), Pod("ended-then", true, 3), Pod("ended-later", true, 4)]).WithoutEndedBefore(3);

        Assert.Equal(["ended-later", "ended-then", "old"], directory.All.Select(pod => pod.Name));
        Assert.Equal(0, directory.Forgotten);
    }

    private static PodState RandomState(Random random, int number) => new()
    {
        Namespace = Spaces[random.Next(Spaces.Length)],
        Name = Names[random.Next(Names.Length)],
        Ip = $"10.0.0.{random.Next(3)}",
        Node = $"node-{random.Next(2)}",
        IsDead = random.Next(3) == 0,
        TimeMicros = random.Next(4),
        Sequence = number,
        RecordedMicros = number,
    };

    private static void AssertSame(List<PodState> states, PodDirectory directory)
    {
        var all = states.GroupBy(state => (state.Namespace, state.Name)).Select(pod => pod.MaxBy(state => state.Sequence)!).ToArray();
        var ranked = all.OrderBy(pod => pod.IsDead).ThenByDescending(pod => pod.TimeMicros).ThenByDescending(pod => pod.Sequence).ToArray();
        var sorted = all.OrderBy(pod => pod.Namespace, StringComparer.Ordinal).ThenBy(pod => pod.Name, StringComparer.Ordinal).ToArray();

        Assert.Equal(sorted, directory.All);
        Assert.Equal(all.Count(pod => pod.IsDead), directory.DeadCount);
        Assert.Equal(all.Sum(pod => (long)pod.Bytes), directory.Bytes);
        foreach (var name in Names.Append("other"))
        {
            Assert.Equal(ranked.Where(pod => pod.Name == name), directory.Named(name));
            Assert.All(Spaces, space => Assert.Equal(all.SingleOrDefault(pod => pod.Name == name && pod.Namespace == space), directory.Find(space, name)));
        }

        for (var i = 0; i < 4; i++)
        {
            Assert.Equal(ranked.Where(pod => pod.Ip == $"10.0.0.{i}"), directory.At($"10.0.0.{i}"));
            Assert.Equal(sorted.Where(pod => !pod.IsDead && pod.Node == $"node-{i}"), directory.OnNode($"node-{i}"));
        }
    }
}
