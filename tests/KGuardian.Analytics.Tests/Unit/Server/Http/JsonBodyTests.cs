using System.Text;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Parameters;
using Microsoft.AspNetCore.Http;

namespace KGuardian.Analytics.Tests.Unit.Server.Http;

/// <summary>Small bodies: what is taken of them, and what a refusal says.</summary>
public sealed class JsonBodyTests
{
    private const string Example = """{"days": 7}""";

    [Fact]
    public async Task Fields_are_read_by_their_types_and_may_be_left_out_unless_they_must_be_there()
    {
        var whole = await ReadAsync("""{"days": 7, "to": "a", "full": true}""");
        var none = await ReadAsync("{}");

        Assert.Equal((7, "a", true), (whole.Integer("days", 1, 10), whole.Text("to"), whole.Flag("full")));
        Assert.Equal((null, false), (none.Text("to"), none.Flag("full")));
        Assert.Equal("days", Assert.Throws<ParameterException>(() => none.Integer("days", 1, 10)).Name);
    }

    [Theory]
    [InlineData("", "body")]
    [InlineData("7", "body")]
    [InlineData("[]", "body")]
    [InlineData("""{"days": 7""", "body")]
    [InlineData("""{"days": 7} x""", "body")]
    [InlineData("""{"\ud800": 7}""", "body")]
    [InlineData("""{"day": 7}""", "day")]
    [InlineData("""{"days": 7, "days": 8}""", "days")]
    [InlineData("""{"days": 0}""", "days")]
    [InlineData("""{"days": 7.5}""", "days")]
    [InlineData("""{"days": "7"}""", "days")]
    [InlineData("""{"days": null}""", "days")]
    [InlineData("""{"days": 7, "to": 7}""", "to")]
    [InlineData("""{"days": 7, "to": null}""", "to")]
    [InlineData("""{"days": 7, "to": "\ud800"}""", "to")]
    [InlineData("""{"days": 7, "full": 1}""", "full")]
    public async Task Body_that_is_not_taken_is_refused_with_what_is_wrong(string text, string name)
    {
        var refusal = await Assert.ThrowsAsync<ParameterException>(async () =>
        {
            var body = await ReadAsync(text);
            _ = (body.Integer("days", 1, 10), body.Text("to"), body.Flag("full"));
        });

        Assert.Equal(name, refusal.Name);
        Assert.NotEmpty(refusal.Allowed);
    }

    [Fact]
    public async Task Body_of_another_type_is_refused_with_an_example()
    {
        var refusal = await Assert.ThrowsAsync<ParameterException>(() => ReadAsync(Example, "text/plain"));

        Assert.Equal(("body", "text/plain"), (refusal.Name, refusal.Value));
        Assert.Contains(Example, refusal.Allowed, StringComparison.Ordinal);
    }

    private static Task<JsonBody> ReadAsync(string text, string type = "application/json")
    {
        var request = new DefaultHttpContext().Request;
        (request.ContentType, request.Body) = (type, new MemoryStream(Encoding.UTF8.GetBytes(text)));
        return JsonBody.ReadAsync(request, Example, "days", "to", "full");
    }
}
