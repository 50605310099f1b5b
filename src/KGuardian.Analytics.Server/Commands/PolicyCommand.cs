using System.CommandLine;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>policy</c>: what can be done with network policies; each a verb of its own.</summary>
internal sealed class PolicyCommand : Command
{
    public PolicyCommand()
        : base("policy", "Network policies of Kubernetes.")
    {
        Add(new PolicyCheckCommand());
        Add(new PolicyProposeCommand());
        Add(new PolicyReplayCommand());
        Add(new PolicyDiffCommand());
    }
}
