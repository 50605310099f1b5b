using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Tests.Unit.Query;

/// <summary>No text but those that were written is ever read as a cursor, and none fails in another way than by being refused.</summary>
public sealed class CursorFuzzTests
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_=+/ \0\n\ud83d\ude00é%";

    private static readonly DateTimeOffset Now = new(2026, 5, 12, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public void Read_AlteredTexts_AreRefused() => AssertRefused(Fuzz.Seed(7), 100_000);

    [Theory]
    [Trait("Length", "Long")]
    [InlineData(1007)]
    [InlineData(1008)]
    public void Read_TenMillionAlteredTexts_AreRefused(int seed) => AssertRefused(Fuzz.Seed(seed), Fuzz.LongInputs / 2);

    private static void AssertRefused(int seed, int inputs)
    {
        var random = new Random(seed);
        var signer = new CursorSigner([1, 2, 3]);
        for (var i = 0; i < inputs; i++)
        {
            var text = signer.Write(Cursor(random));
            var altered = i % 8 == 0 ? Noise(random) : Alter(random, text);
            if (altered == text)
            {
                continue;
            }

            try
            {
                Assert.Fail($"seed {seed}, input {i}: {altered} was read as {signer.Read(altered, Now)}");
            }
            catch (CursorException)
            {
                // As it has to be; anything else fails the test.
                continue;
            }
        }
    }

    private static FlowCursor Cursor(Random random) => FlowCursor.Behind(
        new FlowKeyset(random.NextInt64(), Flow(random)), new FlowSelection(new TimeWindow(Now.AddHours(-6), Now), FlowFilter.Everything),
        random.Next(2) == 0, Now, Now.AddSeconds(-random.Next(3600)));

    private static FlowIdentity Flow(Random random)
    {
        return new FlowIdentity(Text(), random.Next(-2, 70_000), Text(), Text(), random.Next(-2, 70_000), Text(), Text());

        string? Text()
        {
            if (random.Next(4) == 0)
            {
                return null;
            }

            var bytes = new byte[random.Next(40)];
            random.NextBytes(bytes);
            return Convert.ToHexString(bytes);
        }
    }

    private static string Noise(Random random) =>
        string.Concat(Enumerable.Range(0, random.Next(200)).Select(_ => Alphabet[random.Next(Alphabet.Length)]));

    private static string Alter(Random random, string text)
    {
        for (var times = random.Next(1, 4); times > 0 && text.Length > 0; times--)
        {
            var at = random.Next(text.Length);
            var some = Alphabet[random.Next(Alphabet.Length)];
            text = random.Next(6) switch
            {
                0 => text[..at] + some + text[(at + 1)..],
                1 => text.Remove(at, 1),
                2 => text.Insert(at, some.ToString()),
                3 => text[..at],
                4 => text + some,
                _ => text[at..] + text[..at],
            };
        }

        return text;
    }
}
