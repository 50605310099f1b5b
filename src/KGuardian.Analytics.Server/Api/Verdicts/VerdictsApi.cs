using System.Globalization;
using System.Text.Json;
using KGuardian.Analytics.Server.Api.Inventory;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Server.Limits;
using KGuardian.Analytics.Server.Options;
using KGuardian.Analytics.Verdicts;

namespace KGuardian.Analytics.Server.Api.Verdicts;

/// <summary><c>GET /audit/verdicts</c>: what audit policies make of new flows, newest first.</summary>
internal static class VerdictsApi
{
    private const int Most = 500;

    private static readonly ApiParameter<string?> Policy = new(
        "policy", "The policy's name; empty is any.", Parameter.SchemaOf(ApiParameter.LongestText, shortest: 0), text => text.Length == 0 ? null : text,
        absent: null)
    {
        Example = "default-deny",
        MayBeEmpty = true,
    };

    private static readonly ApiParameter<string?> Namespace = new(
        "namespace", "The policy's namespace; empty for policies of the whole cluster.", Parameter.SchemaOf(ApiParameter.LongestText, shortest: 0),
        text => text, absent: null)
    {
        Example = "shop",
        MayBeEmpty = true,
    };

    private static readonly ApiParameter<string?> Verdict = Parameter.Choice<string>(
        "verdict", "What the policy makes of the flow.", (PolicyVerdict.WouldDeny, PolicyVerdict.WouldDeny), (PolicyVerdict.Allow, PolicyVerdict.Allow));

    private static readonly ApiParameter<string?> Direction = Parameter.Choice<string>(
        "direction", "The direction that the policy is about.", ("Ingress", "Ingress"), ("Egress", "Egress"));

    private static readonly ApiParameter<int> Limit = new(
        "limit", "The newest so many; what is out of bounds counts as the nearest in them.", IntegerParameter.SchemaOf(1, Most, fallback: 100), ReadLimit,
        absent: 100)
    {
        Example = 10,
    };

    private static readonly ApiOperation Newest = new(ApiFamily.Audit, "What audit policies make of new flows, newest first")
    {
        Text = "Stored for Retention:VerdictDays where Verdicts:EvaluatorUrl names an evaluator. A verdict shows within a second or two of its flow.",
        IgnoresOthers = true,
        Parameters = [Policy, Namespace, Verdict, Direction, Limit],
        Answers = [ApiResponse.Ok("AuditVerdicts")],
    };

    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/audit/verdicts", GetAsync)
            .OnServer(ServerRole.Query).RequireRole(TokenRole.Read).LimitedPerClient(ClientLimits.Rows).WithOperation(Newest);

    private static async Task GetAsync(HttpContext context, VerdictReader reader)
    {
        var parameters = RequestParameters.Of(context);
        var filter = new VerdictFilter(parameters.Get(Policy), parameters.Get(Namespace), parameters.Get(Verdict), parameters.Get(Direction));
        var rows = await reader.NewestAsync(filter, parameters.Get(Limit), context.RequestAborted);
        await StateAnswers.WriteAsync(context, json =>
        {
            json.WriteStartArray();
            foreach (var row in rows)
            {
                Write(json, row);
            }

            json.WriteEndArray();
        });
    }

    private static void Write(Utf8JsonWriter json, AuditVerdict row)
    {
        json.WriteStartObject();
        json.WriteNumber("id"u8, row.Id);
        json.WriteString("policy_uid"u8, row.PolicyUid);
        WriteText("policy_namespace", row.PolicyNamespace);
        json.WriteString("policy_name"u8, row.PolicyName);
        json.WriteString("direction"u8, row.Direction);
        WriteText("src_namespace", row.SrcNamespace);
        WriteText("src_pod", row.SrcPod);
        WriteText("dst_namespace", row.DstNamespace);
        WriteText("dst_pod", row.DstPod);
        if (row.DstPort >= 0)
        {
            json.WriteNumber("dst_port"u8, row.DstPort);
        }
        else
        {
            json.WriteNull("dst_port"u8);
        }

        WriteText("protocol", row.Protocol);
        WriteText("reason", row.Reason);
        json.WriteString("observed_at"u8, row.ObservedAt);
        json.WriteString("verdict"u8, row.Verdict);
        json.WriteEndObject();

        void WriteText(string name, string text)
        {
            if (text.Length > 0)
            {
                json.WriteString(name, text);
            }
            else
            {
                json.WriteNull(name);
            }
        }
    }

    private static int ReadLimit(string text) =>
        !text.EndsWith('\0') && long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var limit)
            ? (int)Math.Clamp(limit, 1, Most)
            : throw new ParameterException("limit", text, "is not a whole number", $"1 to {Most}");
}
