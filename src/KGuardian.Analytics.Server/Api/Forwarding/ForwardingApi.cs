using System.Globalization;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Forwarding;
using KGuardian.Analytics.Forwarding.Integrations;
using KGuardian.Analytics.Forwarding.Targets;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Options;

namespace KGuardian.Analytics.Server.Api.Forwarding;

/// <summary>Where events are forwarded to: <c>/api/v1/eventsForwarding</c>. Answered by the server that sends them.</summary>
internal sealed class ForwardingApi(AdminEventLog log, EventForwarding? forwarding = null)
{
    private const string Example = """{"name": "siem", "type": "syslog", "connectionInfo": {"ServiceURL": "syslog.example", "Protocol": "tls"}}""";

    private static readonly ApiParameter<string?> Id =
        new("integrationId", "The integration's id.", Parameter.SchemaOf(ApiParameter.LongestText), given => given, absent: null) { IsPath = true };

    private static readonly ApiResponse Unknown = ApiResponse.Error(ApiFamily.Forwarding, StatusCodes.Status404NotFound, "There is none of this id.");

    private static readonly ApiResponse Several = ApiResponse.Error(
        ApiFamily.Forwarding, StatusCodes.Status501NotImplemented, "Ingest:Servers = several: no server knows the order of all flows.");

    private static readonly ApiOperation Supported = new(ApiFamily.Forwarding, "The types of integrations") { Answers = [ApiResponse.Ok("ForwardingTypes")] };

    private static readonly ApiOperation Channels = new(ApiFamily.Forwarding, "The streams of events that integrations can have")
    {
        Answers = [ApiResponse.Ok("ForwardingChannels"), Several],
    };

    private static readonly ApiOperation List = new(ApiFamily.Forwarding, "The integrations, and how each is")
    {
        Answers = [ApiResponse.Ok("ForwardingIntegrations"), Several],
    };

    private static readonly ApiOperation Create = new(ApiFamily.Forwarding, "Adds an integration")
    {
        Text = "Secrets (ServiceToken, ClientKey, Secret, and the Headers, which may hold some) are never shown again; secretsSet has their names. "
            + "Addresses of loopback, link-local, multicast, this server and ClickHouse are refused unless Forwarding:AllowedTargets names them.",
        Body = "ForwardingOrder",
        Answers =
        [
            new(StatusCodes.Status201Created, "ForwardingIntegration"), Several,
            ApiResponse.Error(ApiFamily.Forwarding, StatusCodes.Status409Conflict, "There are 32 already."),
        ],
    };

    private static readonly ApiOperation Get = new(ApiFamily.Forwarding, "An integration, and how it is")
    {
        Parameters = [Id],
        Answers = [ApiResponse.Ok("ForwardingIntegration"), Unknown, Several],
    };

    private static readonly ApiOperation Change = new(ApiFamily.Forwarding, "Changes an integration")
    {
        Text = "What is left out stays, also within connectionInfo; an empty text removes. Members that can only be read are ignored: the answer of a GET "
            + "changes nothing. Its places in the channels stay.",
        Parameters = [Id],
        Body = "ForwardingChange",
        Answers = [ApiResponse.Ok("ForwardingIntegration"), Unknown, Several],
    };

    private static readonly ApiOperation Delete = new(ApiFamily.Forwarding, "Deletes an integration, and answers what it was")
    {
        Parameters = [Id],
        Answers = [ApiResponse.Ok("ForwardingIntegration"), Unknown, Several],
    };

    private static readonly ApiOperation Test = new(ApiFamily.Forwarding, "Sends one event that says that it is a test")
    {
        Text = "Over a connection of its own, also when the integration is disabled; waits for 10 s at most, and says what came back.",
        Parameters = [Id],
        Answers = [ApiResponse.Ok("ForwardingTest"), Unknown, Several],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        var group = routes.MapGroup("/api/v1/eventsForwarding").OnServer(ServerRole.Ingest).RequireRole(TokenRole.Admin);
        group.MapGet("/supported", (HttpContext context, ForwardingApi _) => SupportedAsync(context)).WithOperation(Supported);
        group.MapGet("/channels", (HttpContext context, ForwardingApi api) => api.ChannelsAsync(context)).WithOperation(Channels);
        group.MapGet("/integrations", (HttpContext context, ForwardingApi api) => api.ListAsync(context)).WithOperation(List);
        group.MapPost("/integrations", (HttpContext context, ForwardingApi api) => api.CreateAsync(context)).WithOperation(Create);
        group.MapGet("/integrations/{integrationId}", (HttpContext context, ForwardingApi api) => api.GetAsync(context)).WithOperation(Get);
        group.MapPatch("/integrations/{integrationId}", (HttpContext context, ForwardingApi api) => api.ChangeAsync(context)).WithOperation(Change);
        group.MapDelete("/integrations/{integrationId}", (HttpContext context, ForwardingApi api) => api.DeleteAsync(context)).WithOperation(Delete);
        group.MapPost("/integrations/{integrationId}/test", (HttpContext context, ForwardingApi api) => api.TestAsync(context)).WithOperation(Test);
    }

    private static Task SupportedAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        return context.Response.WriteAsJsonAsync(Integration.Types, context.RequestAborted);
    }

    private Task ChannelsAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        return forwarding is null ? SeveralAsync(context) : context.Response.WriteAsJsonAsync(forwarding.Channels, context.RequestAborted);
    }

    private Task ListAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        return forwarding is null ? SeveralAsync(context)
            : IntegrationAnswer.WriteAsync(context, StatusCodes.Status200OK, json =>
            {
                json.WriteStartArray();
                foreach (var one in forwarding.All)
                {
                    IntegrationAnswer.Write(json, one, forwarding.Micros);
                }

                json.WriteEndArray();
            });
    }

    private async Task CreateAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        if (forwarding is null)
        {
            await SeveralAsync(context);
            return;
        }

        var body = await JsonBody.ParseAsync(context.Request, Example);
        // Once begun it is carried out, whether or not the client waits: the audit log must not miss it.
        if (await TakeAsync(() => forwarding.CreateAsync(body, CancellationToken.None)) is { } created)
        {
            Record(context, AdminActivity.IntegrationCreated, created.Integration);
            await WriteAsync(context, StatusCodes.Status201Created, created);
            return;
        }

        await Problems.WriteAsync(
            context, StatusCodes.Status409Conflict, "Too many integrations",
            $"There are {EventForwarding.MostIntegrations} integrations already: delete one, or change one.");
    }

    private Task GetAsync(HttpContext context) => WithAsync(context, (one, _) => WriteAsync(context, StatusCodes.Status200OK, one));

    private Task ChangeAsync(HttpContext context) => WithAsync(context, async (one, known) =>
    {
        var body = await JsonBody.ParseAsync(context.Request, """{"enabled": false}""");
        var changed = await TakeAsync(() => known.UpdateAsync(one.Integration.Id, body, CancellationToken.None));
        if (changed is null)
        {
            await UnknownAsync(context);
            return;
        }

        Record(context, AdminActivity.IntegrationChanged, changed.Integration);
        await WriteAsync(context, StatusCodes.Status200OK, changed);
    });

    private Task DeleteAsync(HttpContext context) => WithAsync(context, async (one, known) =>
    {
        if (await known.DeleteAsync(one.Integration.Id, CancellationToken.None) is not { } deleted)
        {
            await UnknownAsync(context);
            return;
        }

        Record(context, AdminActivity.IntegrationDeleted, deleted.Integration);
        await WriteAsync(context, StatusCodes.Status200OK, deleted);
    });

    private Task TestAsync(HttpContext context) => WithAsync(context, async (one, known) =>
    {
        bool isDelivered;
        string answer;
        try
        {
            (isDelivered, answer) = (true, await known.TestAsync(one.Integration, context.RequestAborted));
        }
        catch (TargetException e)
        {
            (isDelivered, answer) = (false, e.Message);
        }

        Record(context, AdminActivity.IntegrationTested, one.Integration, ("delivered", isDelivered ? "true" : "false"));
        await context.Response.WriteAsJsonAsync(new { delivered = isDelivered, answer }, context.RequestAborted);
    });

    private async Task WithAsync(HttpContext context, Func<ForwardedIntegration, EventForwarding, Task> act)
    {
        var id = RequestParameters.Of(context).Get(Id);
        if (forwarding is null)
        {
            await SeveralAsync(context);
        }
        else if (long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && forwarding.Find(number) is { } one)
        {
            await act(one, forwarding);
        }
        else
        {
            await UnknownAsync(context);
        }
    }

    private Task WriteAsync(HttpContext context, int status, ForwardedIntegration one) =>
        IntegrationAnswer.WriteAsync(context, status, json => IntegrationAnswer.Write(json, one, forwarding!.Micros));

    private void Record(HttpContext context, AdminActivity activity, Integration integration, params ReadOnlySpan<(string Name, string Value)> meta) =>
        log.Record(
            activity, Principal.Current(context).Initiator, integration.Id.ToString(CultureInfo.InvariantCulture),
            [
                ("name", integration.Name), ("type", integration.Type), ("target", integration.Connection.Describe(integration.Type)),
                ("enabled", integration.Enabled ? "true" : "false"), .. meta,
            ]);

    /// <summary>What is wrong with a document is said as of a parameter, without its value, which may be a secret.</summary>
    private static async Task<ForwardedIntegration?> TakeAsync(Func<Task<ForwardedIntegration?>> act)
    {
        try
        {
            return await act();
        }
        catch (IntegrationException e)
        {
            throw new ParameterException(e.Field, null, e.Problem, e.Allowed);
        }
    }

    private static Task UnknownAsync(HttpContext context) => Problems.WriteAsync(
        context, StatusCodes.Status404NotFound, "There is no such integration", "GET /api/v1/eventsForwarding/integrations lists those that there are.");

    private static Task SeveralAsync(HttpContext context) => Problems.WriteAsync(
        context, StatusCodes.Status501NotImplemented, "Events of several ingest servers cannot be forwarded",
        "Each knows the order of its own flows only, so some could be passed over: it needs Ingest:Servers = one.");
}
