using KGuardian.Analytics.Inventory.Services;

namespace KGuardian.Analytics.Tests.Unit.Inventory;

public sealed class ServiceDirectoryTests
{
    [Fact]
    public void Random_states_in_any_order_give_what_a_list_of_the_newest_gives()
    {
        var random = new Random(Fuzz.Seed(1));
        var states = Enumerable.Range(1, 500).Select(number => new ServiceState
        {
            Ip = $"10.96.0.{random.Next(40)}",
            Name = random.Next(4) switch { 0 => null, var name => $"{name}" },
            Namespace = random.Next(3) switch { 0 => null, var name => $"{name}" },
            Sequence = number,
        }).ToArray();
        random.Shuffle(states);

        var directory = states.Chunk(7).Aggregate(ServiceDirectory.Empty, (one, some) => one.With(some));

        var all = states.GroupBy(state => state.Ip).Select(service => service.MaxBy(state => state.Sequence)!).ToArray();
        Assert.Equal(
            all.OrderBy(service => service.Namespace, StringComparer.Ordinal)
                .ThenBy(service => service.Name, StringComparer.Ordinal).ThenBy(service => service.Ip, StringComparer.Ordinal),
            directory.All);
        Assert.All(all, service => Assert.Same(service, directory.At(service.Ip)));
        Assert.Null(directory.At("10.96.0.99"));
        Assert.Equal(all.Sum(service => (long)service.Bytes), directory.Bytes);
    }
}
