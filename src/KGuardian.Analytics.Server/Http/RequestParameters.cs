using KGuardian.Analytics.Server.Http.Operations;
using KGuardian.Analytics.Server.Http.Parameters;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;

namespace KGuardian.Analytics.Server.Http;

/// <summary>
/// What a request brings for the parameters that its route's operation lists: each known, given once, not empty and of bounded length; nothing is ignored
/// unless the operation says so. What a text means is read by its declaration, when a handler asks.
/// </summary>
internal sealed class RequestParameters
{
    private readonly ApiOperation _operation;

    /// <summary>Texts in the order of the operation's list; null for what was not given.</summary>
    private readonly string?[] _texts;

    private RequestParameters(HttpContext context)
    {
        _operation = context.GetEndpoint()!.Metadata.GetRequiredMetadata<ApiOperation>();
        _texts = new string?[_operation.Parameters.Count];
        foreach (var (name, values) in context.Request.Query)
        {
            var at = _operation.IndexOfQuery(name);
            if (at >= 0)
            {
                _texts[at] = values is [""] && _operation.Family.EmptyIsAbsent ? null : Checked(_operation.Parameters[at], values);
            }
            else if (!_operation.IgnoresOthers)
            {
                throw new ParameterException(
                    name.Length <= ApiParameter.LongestText ? name : name[..ApiParameter.LongestText],
                    values, "is no parameter of this route", _operation.QueryNames);
            }
        }

        for (var at = 0; at < _texts.Length; at++)
        {
            if (_operation.Parameters[at] is { IsPath: true } parameter)
            {
                _texts[at] = Checked(parameter, PathText(context, parameter.Name));
            }
        }
    }

    /// <summary>Reads the parameters of a request.</summary>
    /// <exception cref="ParameterException">One is unknown, repeated, empty or too long.</exception>
    public static RequestParameters Of(HttpContext context) => new(context);

    /// <summary>Makes sure that a request for a route without parameters brings none.</summary>
    /// <exception cref="ParameterException">It brings one.</exception>
    public static void RefuseAll(HttpContext context) => _ = Of(context);

    /// <summary>What a parameter means.</summary>
    /// <exception cref="ParameterException">Its text is not taken.</exception>
    /// <exception cref="InvalidOperationException">The route's operation does not list it: a fault of this program.</exception>
    public T Get<T>(ApiParameter<T> parameter) => parameter.Read(_texts[IndexOf(parameter)]);

    /// <summary>What a parameter means at a moment.</summary>
    /// <exception cref="ParameterException">Its text is not taken.</exception>
    /// <exception cref="InvalidOperationException">The route's operation does not list it: a fault of this program.</exception>
    public T Get<T>(MomentParameter<T> parameter, DateTimeOffset now) => parameter.Read(_texts[IndexOf(parameter)], now);

    /// <summary>The text that counts: as given, else the declaration's; null when there is neither.</summary>
    /// <exception cref="InvalidOperationException">The route's operation does not list it: a fault of this program.</exception>
    public string? TextOf(ApiParameter parameter) => _texts[IndexOf(parameter)] ?? parameter.Fallback;

    /// <summary>Whether it is given.</summary>
    /// <exception cref="InvalidOperationException">The route's operation does not list it: a fault of this program.</exception>
    public bool Has(ApiParameter parameter) => _texts[IndexOf(parameter)] is not null;

    private static string Checked(ApiParameter parameter, StringValues values)
    {
        if (values is not [{ } value])
        {
            throw new ParameterException(parameter.Name, values, $"is given {values.Count} times", "one value");
        }

        if (value.Length == 0 && !parameter.MayBeEmpty)
        {
            throw new ParameterException(parameter.Name, value, "is empty", "a value, or the parameter left out");
        }

        return value.Length <= parameter.Longest
            ? value
            : throw new ParameterException(parameter.Name, value, $"has {value.Length} characters", $"at most {parameter.Longest} characters");
    }

    /// <summary>What stands in the path. Routing leaves an escaped slash as it came: then it is the last part of what was sent.</summary>
    private static string PathText(HttpContext context, string name)
    {
        var routed = (string)context.Request.RouteValues[name]!;
        if (!routed.Contains("%2F", StringComparison.OrdinalIgnoreCase))
        {
            return routed;
        }

        var path = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget.Split('?')[0].TrimEnd('/');
        return Uri.UnescapeDataString(path[(path.LastIndexOf('/') + 1)..]);
    }

    private int IndexOf(ApiParameter parameter)
    {
        var listed = parameter.Listed;
        for (var at = 0; at < _texts.Length; at++)
        {
            if (ReferenceEquals(_operation.Parameters[at], listed))
            {
                return at;
            }
        }

        throw new InvalidOperationException($"'{_operation.Summary}' reads the parameter {parameter.Name} without listing it");
    }
}
