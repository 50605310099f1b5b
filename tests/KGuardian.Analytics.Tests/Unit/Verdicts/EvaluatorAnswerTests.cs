using System.Text;
using KGuardian.Analytics.Verdicts;

namespace KGuardian.Analytics.Tests.Unit.Verdicts;

/// <summary>What is believed of an evaluator's answer.</summary>
public sealed class EvaluatorAnswerTests
{
    private const string Good =
        """{"policyNamespace":"shop","policyName":"deny","policyUID":"u","direction":"Ingress","verdict":"WouldDeny","reason":"no rule"}""";

    [Fact]
    public void Allow_and_WouldDeny_are_kept_and_other_verdicts_counted()
    {
        var answer = Parse($$"""
            {"more": 1, "results": [{{Good}},
              {"policyName": "wide", "direction": "Egress", "verdict": "Allow", "reason": "a rule", "also": { } },
              {"policyName": "odd", "direction": "Egress", "verdict": "NotSelected"}]}
            """);

        Assert.Equal(
            [
                new PolicyVerdict("u", "shop", "deny", "Ingress", "WouldDeny", "no rule"),
                // Null for Allow, whatever the evaluator says; nothing for what it does not say.
                new PolicyVerdict("", "", "wide", "Egress", "Allow", ""),
            ],
            answer.Verdicts);
        Assert.Equal((1, 0), (answer.Others, answer.Bad));
    }

    [Theory]
    [InlineData("1")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"direction":"Ingress","verdict":"Allow"}""")]
    [InlineData("""{"policyName":"","direction":"Ingress","verdict":"Allow"}""")]
    [InlineData("""{"policyName":7,"direction":"Ingress","verdict":"Allow"}""")]
    [InlineData("""{"policyName":"p","direction":"ingress","verdict":"Allow"}""")]
    [InlineData("""{"policyName":"p","verdict":"Allow"}""")]
    [InlineData("""{"policyName":"p","direction":"Ingress"}""")]
    [InlineData("""{"policyName":"p","direction":"Ingress","verdict":["Allow"]}""")]
    [InlineData("""{"policyName":"p","direction":"Ingress","verdict":"Allow","reason":{}}""")]
    [InlineData("""{"policyName":"\ud800","direction":"Ingress","verdict":"Allow"}""")]
    public void Bad_result_is_counted_and_spoils_no_other(string result)
    {
        var answer = Parse($$"""{"results": [{{Good}}, {{result}}, {{Good}}]}""");

        Assert.Equal((2, 0, 1), (answer.Verdicts.Count, answer.Others, answer.Bad));
    }

    [Fact]
    public void Text_that_is_longer_than_may_be_makes_a_result_bad()
    {
        var texts = new[] { 1024, 1025 }.Select(length => Good.Replace("no rule", new string('x', length), StringComparison.Ordinal));

        var answer = Parse($$"""{"results": [{{string.Join(',', texts)}}]}""");

        Assert.Equal((1, 1), (answer.Verdicts.Count, answer.Bad));
    }

    [Theory]
    [InlineData("")]
    [InlineData("results")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("""{"results": {}}""")]
    [InlineData("""{"results": [}""")]
    [InlineData("""{"results": [[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]}""")]
    public void Answer_that_is_none_is_bad_as_a_whole(string body) =>
        Assert.Equal(EvaluatorFailure.Bad, Assert.Throws<EvaluatorException>(() => Parse(body)).Failure);

    [Fact]
    public void Answer_with_more_results_than_may_be_is_bad_as_a_whole()
    {
        Assert.Equal(256, Parse(Many(256)).Verdicts.Count);
        Assert.Throws<EvaluatorException>(() => Parse(Many(257)));

        static string Many(int count) => $$"""{"results": [{{string.Join(',', Enumerable.Repeat(Good, count))}}]}""";
    }

    [Fact]
    public void List_that_is_null_is_empty() => Assert.Empty(Parse("""{"results": null}""").Verdicts);

    [Fact]
    public void Any_bytes_are_an_answer_or_none_and_never_another_error()
    {
        var random = new Random(7);
        var seed = Encoding.UTF8.GetBytes($$"""{"results": [{{Good}}, {{Good}}]}""");
        for (var i = 0; i < 20_000; i++)
        {
            var body = seed[..random.Next(seed.Length + 1)].Concat(seed[random.Next(random.Next(seed.Length) + 1)..]).ToArray();
            for (var changes = random.Next(4); changes > 0 && body.Length > 0; changes--)
            {
                body[random.Next(body.Length)] = random.Next(2) == 0 ? (byte)random.Next(256) : (byte)"{}[]\",:\\"[random.Next(8)];
            }

            try
            {
                var answer = EvaluatorAnswer.Parse(body);
                Assert.All(answer.Verdicts, verdict => Assert.True(
                    verdict is { PolicyName: { Length: > 0 and <= 1024 }, Direction: "Ingress" or "Egress", Verdict: "Allow" or "WouldDeny" }));
            }
            catch (EvaluatorException e)
            {
                Assert.Equal(EvaluatorFailure.Bad, e.Failure);
            }
        }
    }

    private static EvaluatorAnswer Parse(string body) => EvaluatorAnswer.Parse(Encoding.UTF8.GetBytes(body));
}
