using System.Text;
using KGuardian.Analytics.Ingest;

namespace KGuardian.Analytics.Tests.Ingest;

public sealed class EventParserFuzzTests
{
    /// <summary>Inputs a seed. KGUARDIAN_FUZZ_INPUTS asks for more of them.</summary>
    private static readonly int Inputs = int.TryParse(Environment.GetEnvironmentVariable("KGUARDIAN_FUZZ_INPUTS"), out var inputs) ? inputs : 52_000;

    [Theory]
    [InlineData(1, BodyShape.Batch)]
    [InlineData(2, BodyShape.Batch)]
    [InlineData(3, BodyShape.Batch)]
    [InlineData(4, BodyShape.OneEvent)]
    public void Parse_MutatedBodies_AgreesWithSystemTextJson(int seed, BodyShape shape)
    {
        var mutator = new BodyMutator(seed);
        var random = new Random(seed);
        var parser = new EventParser(new EventParserOptions(), Bodies.Hasher);
        var batch = new EventBatch();
        var accepted = 0;
        for (var i = 0; i < Inputs; i++)
        {
            var body = mutator.Next(shape == BodyShape.Batch);
            var expected = JsonDocumentOracle.Describe(body, shape);
            var actual = Bodies.Outcome(body, shape, parser, batch);

            // An error's text is not the oracle's business; that it is one is.
            var agrees = expected is null ? actual.StartsWith("The body ", StringComparison.Ordinal) : actual == expected;
            Assert.True(agrees, $"input {i}: {Encoding.Latin1.GetString(body)}\nexpected {expected ?? "an error"}\nactual {actual}");
            accepted += expected is null ? 0 : 1;

            var pieces = Bodies.OutcomeInPieces(body, shape, parser, batch, [random.Next(body.Length + 1)]);
            Assert.True(actual == pieces, $"input {i}, in pieces: {Encoding.Latin1.GetString(body)}\nwhole {actual}\npieces {pieces}");
        }

        // Neither all good nor all bad, or the comparison says little.
        Assert.InRange(accepted, Inputs / 4, Inputs * 3 / 4);
    }
}
