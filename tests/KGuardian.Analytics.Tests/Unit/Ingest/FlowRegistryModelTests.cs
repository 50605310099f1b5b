using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Dedup;
using KGuardian.Analytics.Ingest.Dedup.Runs;
using KGuardian.Analytics.Retention;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

/// <summary>The registry with its files against a dictionary, while files are written, merged and given up in any order, and days pass.</summary>
public sealed class FlowRegistryModelTests : IDisposable
{
    private const int Universe = 4000;

    private readonly TestDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Registry_agrees_with_a_dictionary_whatever_is_written_and_merged(int seed)
    {
        using var model = new Model(seed, _directory.Path);
        for (var step = 0; step < 1500; step++)
        {
            model.Step();
        }

        model.AssertAllKnown();
    }

    private sealed class Model : IDisposable
    {
        private readonly Random _random;
        private readonly FlowKey[] _keys;
        private readonly RetentionWindow _window = new(0);
        private readonly FlowRegistry _registry;
        private readonly RunDirectory _files;
        private readonly Dictionary<FlowKey, ushort> _known = [];
        private ushort _day = 100;
        private ushort _oldest;

        public Model(int seed, string path)
        {
            _random = new Random(seed);
            _keys = [.. Enumerable.Range(0, Universe).Select(_ => new FlowKey((ulong)_random.NextInt64(), (ulong)_random.NextInt64() << 1))];
            // Those that an empty slot could be mistaken for.
            _keys[0] = new FlowKey(0, 0);
            _keys[1] = new FlowKey(0, 1UL << 32);
            _registry = new FlowRegistry(new FlowIndex(512), _window) { RunFlows = 64 };
            _files = new RunDirectory(path, "model");
        }

        public void Step()
        {
            switch (_random.Next(20))
            {
                case 0 when _day < 160:
                    _day++;
                    _oldest = (ushort)(_day - 10);
                    _window.Raise(_oldest);
                    break;
                case 1:
                    _registry.ForgetExpired();
                    break;
                case 2 or 3:
                    Flush();
                    break;
                case 4:
                    Merge();
                    break;
                case 5:
                    Learn();
                    break;
                default:
                    Commit(_random.GetItems(_keys, 60), mayMeet: true);
                    break;
            }
        }

        public void AssertAllKnown()
        {
            var unknown = _registry.Unknown(_keys);
            Assert.All(_keys, key => Assert.Equal(IsKnown(key), !unknown.Contains(key)));
        }

        public void Dispose() => _files.Dispose();

        private bool IsKnown(FlowKey key) => _known.TryGetValue(key, out var day) && day >= _oldest;

        private void Commit(FlowKey[] batch, bool mayMeet)
        {
            using var lookup = new RunLookup();
            Classification classified;
            while ((classified = _registry.Classify(batch, lookup, null)).NeedsPages)
            {
                // Anything may happen while pages are read.
                if (_random.Next(8) == 0)
                {
                    Flush();
                }

                if (_random.Next(8) == 0)
                {
                    Merge();
                }

                if (mayMeet && _random.Next(4) == 0)
                {
                    // Another request makes some of the same flows known, a file gets them, and the index lets them go for others.
                    Commit(batch[..30], mayMeet: false);
                    Flush();
                    for (var i = 0; i < 20; i++)
                    {
                        Commit(_random.GetItems(_keys, 60), mayMeet: false);
                    }
                }

                lookup.Read(batch);
            }

            using var fresh = classified.Fresh;
            var expected = batch.Select((key, row) => (key, row)).Where(item => !IsKnown(item.key)).DistinctBy(item => item.key).Select(item => item.row);
            Assert.Equal(expected, fresh.Rows.ToArray());
            FlowKey[] keys = [.. fresh.Rows.ToArray().Select(row => batch[row])];
            if (_random.Next(6) == 0)
            {
                _registry.Release(keys);
                return;
            }

            _registry.Confirm(keys, [.. keys.Select(_ => _day)], 0);
            Array.ForEach(keys, key => _known[key] = _day);
        }

        private void Learn()
        {
            var learned = _random.GetItems(_keys, 20);
            // Of those that are known it is the row that is known.
            ushort[] days = [.. learned.Select(key => IsKnown(key) ? _known[key] : _day)];
            _registry.Learn(learned, days);
            for (var row = 0; row < learned.Length; row++)
            {
                _known[learned[row]] = days[row];
            }
        }

        private void Flush()
        {
            if (_registry.Seal() is not { } flows)
            {
                return;
            }

            var (first, last) = (flows.Entries.Min(entry => entry.Day), flows.Entries.Max(entry => entry.Day));
            using var writer = new KeyRunWriter(_files.NewPath(), flows.Entries.Count, first, last);
            foreach (var entry in flows.Entries.Order())
            {
                writer.Add(entry);
            }

            _files.Append(writer.Finish(), 0);
            _registry.Publish(_files.Runs, 512, hasMore: true, flows);
            _registry.LetGo(flows);
        }

        private void Merge()
        {
            var due = _files.Runs.TakeLast(_random.Next(2, 5)).ToArray();
            if (due.Length < 2)
            {
                return;
            }

            _files.Replace(due, RunMerge.Write(_files.NewPath(), due, _oldest, CancellationToken.None));
            _registry.Publish(_files.Runs, 512, hasMore: false);
            RunDirectory.Delete(due);
        }
    }
}
