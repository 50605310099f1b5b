using System.Globalization;
using KGuardian.Analytics.AdminAudit;
using KGuardian.Analytics.Server.Auth;
using KGuardian.Analytics.Server.Http;
using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using KGuardian.Analytics.Views;
using Microsoft.Net.Http.Headers;

namespace KGuardian.Analytics.Server.Api.Views;

/// <summary>Views of the console, kept by name for everybody: <c>/api/v1/views</c>.</summary>
internal sealed class ViewsApi(SavedViews views, AdminEventLog log)
{
    private const string Example = """{"name": "Drops of shop", "address": "flows?from=-24h&filter=decision+%3D+DROP"}""";

    private static readonly ApiParameter<string?> Name = Parameter.Text(
        "name", "The view's name.", "Drops of shop", SavedView.LongestName).Required();

    private static readonly ApiResponse Other = ApiResponse.Error(
        ApiFamily.Views, StatusCodes.Status412PreconditionFailed, "It is not as If-Match or If-None-Match says; nothing was changed.");

    private static readonly ApiOperation List = new(ApiFamily.Views, "The views that were kept, by name") { Answers = [ApiResponse.Ok("SavedViews")] };

    private static readonly ApiOperation Put = new(ApiFamily.Views, "Keeps a view, or another address for the one of this name")
    {
        Text = "The last one counts, unless a header says otherwise: If-None-Match: * keeps a new one only, If-Match: \"version\" replaces that version only.",
        Body = "ViewOrder",
        Answers =
        [
            ApiResponse.Ok("SavedView"), Other, ApiResponse.Error(ApiFamily.Views, StatusCodes.Status409Conflict, "There are 200 already."),
        ],
    };

    private static readonly ApiOperation Delete = new(ApiFamily.Views, "Deletes a view, and answers what it was")
    {
        Text = "With If-Match: \"version\" that version only.",
        Parameters = [Name],
        Answers =
        [
            ApiResponse.Ok("SavedView"), Other, ApiResponse.Error(ApiFamily.Views, StatusCodes.Status404NotFound, "There is none of this name."),
        ],
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        // Who only reads does not change what others see.
        var group = routes.MapGroup("/api/v1/views");
        group.MapGet("", (HttpContext context, ViewsApi api) => api.ListAsync(context)).RequireRole(TokenRole.Read).WithOperation(List);
        group.MapPut("", (HttpContext context, ViewsApi api) => api.PutAsync(context)).RequireRole(TokenRole.Admin).WithOperation(Put);
        group.MapDelete("", (HttpContext context, ViewsApi api) => api.DeleteAsync(context)).RequireRole(TokenRole.Admin).WithOperation(Delete);
    }

    private async Task ListAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        var all = await views.ReadAsync(context.RequestAborted);
        await context.Response.WriteAsJsonAsync(new { views = all.Select(Shown) }, context.RequestAborted);
    }

    private async Task PutAsync(HttpContext context)
    {
        RequestParameters.RefuseAll(context);
        var body = await JsonBody.ReadAsync(context.Request, Example, "name", "address");
        var (name, address) = (Needed(body, "name"), Needed(body, "address"));
        var condition = ConditionOf(context.Request);
        var change = await TakeAsync(() => views.PutAsync(name, address, Principal.Current(context).Name, condition));
        if (change.After is { } kept && change.Result == ViewResult.Done)
        {
            Record(context, change.Before is null ? AdminActivity.ViewCreated : AdminActivity.ViewChanged, kept);
            await WriteAsync(context, kept);
            return;
        }

        await RefuseAsync(context, name, change);
    }

    private async Task DeleteAsync(HttpContext context)
    {
        var name = RequestParameters.Of(context).Get(Name) ?? throw new ParameterException(Name.Name, null, "is missing", "the name of a view");
        var change = await TakeAsync(() =>
        {
            SavedView.CheckName(name);
            return views.DeleteAsync(name, ConditionOf(context.Request));
        });
        if (change is { Result: ViewResult.Done, Before: { } deleted })
        {
            Record(context, AdminActivity.ViewDeleted, deleted);
            await WriteAsync(context, deleted);
            return;
        }

        await RefuseAsync(context, name, change);
    }

    private void Record(HttpContext context, AdminActivity activity, SavedView view) =>
        log.Record(activity, Principal.Current(context).Initiator, view.Name, ("address", view.Address));

    private static Task RefuseAsync(HttpContext context, string name, ViewChange change) => change.Result switch
    {
        ViewResult.Full => Problems.WriteAsync(
            context, StatusCodes.Status409Conflict, "There are too many views",
            $"There are {SavedViews.MostViews} views already: delete one, or keep this one under a name that there is."),
        ViewResult.Unknown => Problems.WriteAsync(
            context, StatusCodes.Status404NotFound, "There is no such view", $"There is no view '{name}': GET /api/v1/views lists those that there are."),
        _ => Problems.WriteAsync(
            context, StatusCodes.Status412PreconditionFailed, "The view is another one by now",
            change.Before is { } before
                ? $"'{name}' was changed by {before.ChangedBy}, and has the version {VersionOf(before)}. Nothing was changed."
                : $"There is no view '{name}' any more. Nothing was changed."),
    };

    private static string Needed(JsonBody body, string member) =>
        body.Text(member) ?? throw new ParameterException(member, null, "is missing", $"a text, as in {Example}");

    private static async Task<ViewChange> TakeAsync(Func<Task<ViewChange>> act)
    {
        try
        {
            return await act();
        }
        catch (ViewException e)
        {
            throw new ParameterException(e.Member, null, e.Problem, e.Allowed);
        }
    }

    /// <summary>What the headers say must be so. A tag that no view has is one that none has by now.</summary>
    private static ViewCondition ConditionOf(HttpRequest request)
    {
        const string Allowed = "If-Match: \"version\" of the view, or If-None-Match: *";
        var (match, none) = (request.Headers.IfMatch.ToString(), request.Headers.IfNoneMatch.ToString());
        if (none is not ("" or "*"))
        {
            throw new ParameterException(HeaderNames.IfNoneMatch, none, "cannot be taken", Allowed);
        }

        var version = match is "" ? (long?)null
            : EntityTagHeaderValue.TryParse(match, out var tag) && !tag.IsWeak
                && long.TryParse(tag.Tag.AsSpan().Trim('"'), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
            : throw new ParameterException(HeaderNames.IfMatch, match, "cannot be taken", Allowed);
        return new ViewCondition(none == "*", version);
    }

    private static Task WriteAsync(HttpContext context, SavedView view)
    {
        context.Response.Headers.ETag = $"\"{VersionOf(view)}\"";
        return context.Response.WriteAsJsonAsync(Shown(view), context.RequestAborted);
    }

    /// <summary>As a text: scripts' numbers have 53 bits.</summary>
    private static string VersionOf(SavedView view) => view.Version.ToString(CultureInfo.InvariantCulture);

    private static object Shown(SavedView view) => new
    {
        name = view.Name,
        address = view.Address,
        version = VersionOf(view),
        created_on = view.CreatedOn.UtcDateTime,
        created_by = view.CreatedBy,
        changed_on = view.ChangedOn.UtcDateTime,
        changed_by = view.ChangedBy,
    };
}
