using System.Text;
using KGuardian.Analytics.Ingest.Parsing;
using KGuardian.Analytics.Tests.Testing.Data;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public sealed class EventParserFuzzTests
{
    private const int Inputs = 52_000;

    [Theory]
    [InlineData(1, BodyShape.Batch)]
    [InlineData(2, BodyShape.Batch)]
    [InlineData(3, BodyShape.Batch)]
    [InlineData(4, BodyShape.OneEvent)]
    public void Parse_MutatedBodies_AgreesWithSystemTextJson(int seed, BodyShape shape) => AssertAgrees(Fuzz.Seed(seed), shape, Inputs);

    [Theory]
    [Trait("Length", "Long")]
    [InlineData(11, BodyShape.Batch)]
    [InlineData(12, BodyShape.Batch)]
    [InlineData(13, BodyShape.Batch)]
    [InlineData(14, BodyShape.OneEvent)]
    public void Parse_TenMillionMutatedBodies_AgreesWithSystemTextJson(int seed, BodyShape shape) =>
        AssertAgrees(Fuzz.Seed(seed), shape, Fuzz.LongInputs / 4);

    private static void AssertAgrees(int seed, BodyShape shape, int inputs)
    {
        var mutator = new BodyMutator(seed);
        var random = new Random(seed);
        var parser = new EventParser(new EventParserOptions(), Bodies.Hasher);
        // The same rows, read as they stream by.
        var streaming = new EventParser(new EventParserOptions { MaxWholeRowBytes = 1, MaxWholeDepth = 2 }, Bodies.Hasher);
        var batch = new EventBatch();
        var accepted = 0;
        for (var i = 0; i < inputs; i++)
        {
            var body = mutator.Next(shape == BodyShape.Batch);
            var expected = JsonDocumentOracle.Describe(body, shape);
            var actual = Bodies.Outcome(body, shape, parser, batch);

            // An error's text is not the oracle's business; that it is one is.
            var agrees = expected is null ? actual.StartsWith("The body ", StringComparison.Ordinal) : actual == expected;
            Assert.True(agrees, $"seed {seed}, input {i}: {Encoding.Latin1.GetString(body)}\nexpected {expected ?? "an error"}\nactual {actual}");
            accepted += expected is null ? 0 : 1;

            var pieces = Bodies.OutcomeInPieces(body, shape, parser, batch, [random.Next(body.Length + 1)]);
            Assert.True(actual == pieces, $"seed {seed}, input {i}, in pieces: {Encoding.Latin1.GetString(body)}\nwhole {actual}\npieces {pieces}");
            var streamed = Bodies.OutcomeInPieces(body, shape, streaming, batch, [random.Next(body.Length + 1)]);
            Assert.True(actual == streamed, $"seed {seed}, input {i}, streamed: {Encoding.Latin1.GetString(body)}\nwhole {actual}\nstreamed {streamed}");
        }

        // Neither all good nor all bad, or the comparison says little.
        Assert.InRange(accepted, inputs / 4, inputs * 3 / 4);
    }
}
