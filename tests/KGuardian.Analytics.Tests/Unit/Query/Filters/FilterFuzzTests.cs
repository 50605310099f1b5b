using System.Text;
using KGuardian.Analytics.Query.Activity;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Fields;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Query.Filters;

/// <summary>Any text is a filter, which has one spelling, or a <see cref="FilterException"/> that says where.</summary>
public sealed class FilterFuzzTests
{
    private const int Inputs = 50_000;
    private const string Alphabet = "abp _()'\"\\,=!<>*.:/-0129\0\n\ud83d\ude00é";

    private static readonly string[] Words =
    [
        "and", "or", "not", "in", "(", ")", "pod", "pod_ip", "time", "peer_port", "=", "!=", "contains", "starts", "with", "'x'", "80", "10.0.0.0/8",
        "-6h", ",", "*", "exists", "protocol", "last_seen", "observations", "uuid", "search", "fe80::/10", "now", "2026-01-01T00:00:00Z", "\"\\0\"",
        ">=", "<", "UNKNOWN(47)", "18446744073709551616", "null", "direction", "out", "clientport", "kubernetes.pod.label.a/b", "timestamp", "\u201c",
    ];

    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(42)]
    [InlineData(43)]
    public void Parse_RandomAndMutatedText_IsAFilterOrAFilterException(int seed) => AssertParses(Fuzz.Seed(seed), Inputs);

    [Theory]
    [Trait("Length", "Long")]
    [InlineData(1042)]
    [InlineData(1043)]
    [InlineData(1044)]
    [InlineData(1045)]
    public void Parse_TenMillionTexts_IsAFilterOrAFilterException(int seed) => AssertParses(Fuzz.Seed(seed), Fuzz.LongInputs / 4);

    [Fact]
    public void Parse_TextInTheWordsOfTheActivityAudit_IsAFilterOrAFilterException() =>
        AssertParses(Fuzz.Seed(44), Inputs / 2, ActivityVocabulary.Of("here"));

    private static void AssertParses(int seed, int inputs, FilterVocabulary? other = null)
    {
        var vocabulary = other ?? FilterVocabulary.Flows;
        var random = new Random(seed);
        var samples = new Samples(seed, other);
        var accepted = 0;
        for (var i = 0; i < inputs; i++)
        {
            var text = (i % 4) switch
            {
                0 => string.Concat(Enumerable.Range(0, random.Next(30)).Select(_ => Alphabet[random.Next(Alphabet.Length)])),
                1 => string.Join(' ', Enumerable.Range(0, random.Next(12)).Select(_ => Words[random.Next(Words.Length)])),
                2 => samples.Filter(random.Next(6)).ToString(),
                _ => Mutate(random, samples.Filter().ToString()),
            };
            try
            {
                var filter = FlowFilter.Parse(text, Now, vocabulary);
                var spelling = filter.ToString();
                var again = FlowFilter.Parse(spelling, Now, vocabulary);
                Assert.True(filter.Equals(again) && again.ToString() == spelling, $"seed {seed}, input {i}: {text}\nspelt {spelling}\nthen {again}");
                accepted++;
            }
            catch (FilterException e)
            {
                var says = e.Position is { } position && position >= 0 && position <= text.Length && e.Excerpt is { Length: > 0 } && e.Expected.Length > 0;
                Assert.True(says, $"seed {seed}, input {i}: {text}\n{e}");
            }
            catch (Exception e) when (e is not Xunit.Sdk.XunitException)
            {
                Assert.Fail($"seed {seed}, input {i}: {text}\n{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(text))}\n{e}");
            }
        }

        Assert.InRange(accepted, inputs / 5, inputs * 3 / 4);
    }

    // One to three changes: a piece left out, doubled, or another character.
    private static string Mutate(Random random, string text)
    {
        for (var times = random.Next(1, 4); times > 0 && text.Length > 0; times--)
        {
            var at = random.Next(text.Length);
            var some = Alphabet[random.Next(Alphabet.Length)];
            text = random.Next(5) switch
            {
                0 => text.Remove(at, 1),
                1 => text.Insert(at, some.ToString()),
                2 => text[..at] + some + text[(at + 1)..],
                3 => text.Insert(at, Words[random.Next(Words.Length)]),
                _ => text.Insert(at, text[at..Math.Min(text.Length, at + random.Next(1, 9))]),
            };
        }

        return text;
    }
}
