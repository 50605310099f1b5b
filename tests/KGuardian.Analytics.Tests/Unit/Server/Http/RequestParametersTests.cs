using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using Microsoft.AspNetCore.Http;

namespace KGuardian.Analytics.Tests.Unit.Server.Http;

/// <summary>Declared parameters as requests bring them.</summary>
public sealed class RequestParametersTests
{
    private static readonly IntegerParameter Limit = Parameter.Integer("limit", "Most rows.", 1, 1000, 100, 2);
    private static readonly ApiParameter<bool> Order = Parameter.Word("order", "The order.", ("desc", true), ("asc", false));
    private static readonly ApiParameter<IReadOnlyList<int>> Fields = Parameter.List("fields", "Columns.", [("a", 1), ("b", 2), ("c", 3)], 2, [1, 2, 3], "a,b");
    private static readonly ApiParameter<string?> Name = Parameter.Text("name", "A name.", "x", longest: 5);

    private static readonly ApiOperation Rows = new(ApiFamily.Flows, "Rows") { Parameters = [Limit, Order, Fields, Name] };

    [Fact]
    public void Texts_mean_what_their_declarations_say_and_those_left_out_what_they_fall_back_to()
    {
        var given = Bind(Rows, "?limit=7&order=asc&fields=c,a&name=abc");
        var none = Bind(Rows, "");

        Assert.Equal((7, false, "abc"), (given.Get(Limit), given.Get(Order), given.Get(Name)));
        Assert.Equal([3, 1], given.Get(Fields));
        Assert.Equal((100, true, null), (none.Get(Limit), none.Get(Order), none.Get(Name)));
        Assert.Equal([1, 2, 3], none.Get(Fields));
        Assert.Equal((true, false), (given.Has(Order), none.Has(Order)));
        Assert.Equal(("asc", "desc"), (given.TextOf(Order), none.TextOf(Order)));
    }

    [Theory]
    [InlineData("?limit=0", "limit", "1 to 1000")]
    [InlineData("?limit=+1", "limit", "1 to 1000")]
    [InlineData("?order=up", "order", "desc, asc")]
    [InlineData("?fields=a,a", "fields", "1 to 2 of a, b, c, separated by commas")]
    [InlineData("?fields=a,b,c", "fields", "1 to 2 of a, b, c, separated by commas")]
    [InlineData("?fields=a,d", "fields", "1 to 2 of a, b, c, separated by commas")]
    [InlineData("?name=abcdef", "name", "at most 5 characters")]
    [InlineData("?name=", "name", "a value, or the parameter left out")]
    [InlineData("?name=a&name=b", "name", "one value")]
    [InlineData("?Limit=1", "Limit", "limit, order, fields, name")]
    public void Text_that_is_not_taken_is_refused_with_name_and_what_is_allowed(string query, string name, string allowed)
    {
        var refusal = Assert.Throws<ParameterException>(() =>
        {
            var parameters = Bind(Rows, query);
            return (parameters.Get(Limit), parameters.Get(Order), parameters.Get(Fields));
        });

        Assert.Equal((name, allowed), (refusal.Name, refusal.Allowed));
    }

    [Fact]
    public void Narrower_reading_takes_less_of_the_same_parameter()
    {
        var parameters = Bind(Rows, "?limit=11");
        var narrower = Limit.AtMost(10);

        Assert.Equal(11, parameters.Get(Limit));
        Assert.Equal("1 to 10", Assert.Throws<ParameterException>(() => parameters.Get(narrower)).Allowed);
        Assert.Equal(100, Bind(Rows, "").Get(narrower));
    }

    [Fact]
    public void Reading_what_the_operation_does_not_list_is_a_fault_of_the_program()
    {
        var parameters = Bind(new ApiOperation(ApiFamily.Flows, "Rows") { Parameters = [Limit] }, "");

        Assert.Contains("order", Assert.Throws<InvalidOperationException>(() => parameters.Get(Order)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => parameters.Get(Parameter.Time("from", "Begin.", "now", "-24h"), DateTimeOffset.UnixEpoch));
        Assert.Throws<InvalidOperationException>(() => parameters.TextOf(Order));
        Assert.Throws<InvalidOperationException>(() => parameters.Has(Order));
    }

    [Fact]
    public void Contract_that_ignores_what_it_does_not_know_takes_names_in_any_case()
    {
        var parameters = Bind(Rows with { IgnoresOthers = true }, "?LIMIT=3&other=1&other=2");

        Assert.Equal(3, parameters.Get(Limit));
    }

    private static RequestParameters Bind(ApiOperation operation, string query)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(query);
        context.SetEndpoint(new Endpoint(requestDelegate: null, new EndpointMetadataCollection(operation), displayName: null));
        return RequestParameters.Of(context);
    }
}
