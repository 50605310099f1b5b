using System.Net;
using KGuardian.Analytics.Inventory.History;
using KGuardian.Analytics.Query.Windows;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary><c>GET /api/v1/inventory/addresses/{ip}/owners</c>: whose an address was, from when to when.</summary>
internal sealed class AddressOwnersApi(OwnerReader reader, TimeProvider clock)
{
    /// <summary>Most spans of an answer: those of a busy address in weeks.</summary>
    private const int MostOwners = 1000;

    private static readonly ApiParameter<string?> Address = PodReadsApi.PathText("ip", "The address, of IPv4 or IPv6.", "10.244.1.5");

    private static readonly ApiOperation Owners = new(ApiFamily.Flows, "Whose an address was, from when to when")
    {
        Text = "As the inventory knows it, newest first: what flows of those times show as their peer. Nobody's it was in between. "
            + $"The newest {MostOwners} of the window; cut says when there are more.",
        Parameters = [Address, FlowRequests.From, FlowRequests.To],
        Answers = [ApiResponse.Ok("AddressOwners")],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/inventory/addresses/{ip}/owners", (HttpContext context, AddressOwnersApi api) => api.GetAsync(context))
            .RequireRole(TokenRole.Read).WithOperation(Owners);

    private async Task GetAsync(HttpContext context)
    {
        var parameters = RequestParameters.Of(context);
        var address = parameters.Get(Address)!;
        if (!IPAddress.TryParse(address, out _))
        {
            throw new ParameterException(Address.Name, address, "is no address", "an address such as 10.244.1.5 or fd00::5");
        }

        var window = FlowRequests.WindowOf(parameters, clock.GetUtcNow());
        var owners = await reader.ReadAsync(address, Micros(window.From), Micros(window.To), MostOwners + 1, context.RequestAborted);
        await context.Response.WriteAsJsonAsync(
            new
            {
                address,
                cut = owners.Count > MostOwners,
                owners = owners.Take(MostOwners).Select(owner => new
                {
                    from = Text(owner.From),
                    to = owner.To is { } end ? Text(end) : null,
                    type = owner.Type,
                    @namespace = owner.Namespace,
                    name = owner.Name,
                    node = owner.Node,
                    workload_kind = owner.WorkloadKind,
                    workload = owner.Workload,
                }),
            },
            context.RequestAborted);
    }

    private static long Micros(DateTimeOffset time) => (time - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;

    private static string Text(long micros) => FilterTime.ToText(DateTimeOffset.UnixEpoch.AddMicroseconds(micros));
}
