using System.Net;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Limits;

/// <summary>Queries that need more time or memory than is allowed.</summary>
public sealed class QueryLimitTests
{
    [Theory]
    [InlineData("KGUARDIAN_QUERY__TIMELIMIT", "00:00:00.0010000", "Query:TimeLimit")]
    [InlineData("KGUARDIAN_QUERY__MEMORYLIMITBYTES", "16777216", "Query:MemoryLimitBytes")]
    public async Task Query_over_a_limit_is_422_that_names_the_setting_and_its_value(string variable, string value, string setting)
    {
        await using var store = await RemoteStore.CreateAsync();
        await using var server = await store.StartServerAsync((variable, value));
        await store.SqlAsync(ManyFlows.Insert);

        foreach (var path in new[] { $"/api/v1/flows/edges?{ManyFlows.Window}", $"/api/v1/flows/top?{ManyFlows.Window}&by=pod,peer_ip" })
        {
            using var answer = await ApiClient.PatientlyAsync(() => server.Api.GetAsync(path));

            var problem = await Problem.AssertAsync(answer, HttpStatusCode.UnprocessableEntity, $"{setting} = {value}");
            Assert.Equal(setting, problem.GetProperty("setting").GetString());
            Assert.Equal(value, problem.GetProperty("value").GetString());
        }

        // The log is written beside the answers, and read from a pipe.
        await Patience.UntilAsync("the limit is logged", () => server.Log.Contains("was ended at a limit", StringComparison.Ordinal));
        Assert.Equal("Healthy!", await server.Api.GetTextAsync("/health"));
    }
}
