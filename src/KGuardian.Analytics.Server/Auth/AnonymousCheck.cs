using KGuardian.Analytics.Diagnosis;

namespace KGuardian.Analytics.Server.Auth;

/// <summary>Says to whom this server answers without a token.</summary>
internal sealed class AnonymousCheck(AnonymousNetworks podList) : Check("anonymous")
{
    public override bool NeedsStore => false;

    public override Task<IReadOnlyList<Finding>> LookAsync(CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Finding>>(
            [Ok($"GET /pod/list/{{node}} is answered without a token to {string.Join(", ", podList.Networks)} (Inventory:AnonymousPodList)")]);
}
