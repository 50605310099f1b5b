using KGuardian.Analytics.Upstream;

namespace KGuardian.Analytics.Server.Api;

/// <summary>Hands posts that were accepted to the old broker's tee, where there is one.</summary>
internal sealed class AcceptedPosts(BrokerTee? tee = null)
{
    /// <summary>Whether a request's body is to be kept for <see cref="Offer"/>.</summary>
    public bool IsWanted(HttpContext context) => tee is not null && !context.Request.Headers.ContainsKey(BrokerTee.Mark);

    /// <summary>A request was accepted.</summary>
    /// <param name="context">The request.</param>
    /// <param name="kind">What it is about.</param>
    /// <param name="body">Its body, unpacked.</param>
    /// <param name="newFlows">How many flows it made new, when the answer is that number.</param>
    public void Offer(HttpContext context, PostKind kind, ReadOnlyMemory<byte> body, int? newFlows = null)
    {
        if (IsWanted(context))
        {
            tee!.Offer(kind, context.Request.Path.Value!, body.Span, newFlows);
        }
    }
}
