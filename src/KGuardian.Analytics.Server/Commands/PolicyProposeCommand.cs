using System.CommandLine;
using KGuardian.Analytics.Server.Startup;

namespace KGuardian.Analytics.Server.Commands;

/// <summary><c>policy propose</c>: policies that what a running server has stored implies.</summary>
internal sealed class PolicyProposeCommand : PolicyServerVerb
{
    private readonly Option<string> _kind = new("--kind") { Description = "The kind of one workload, such as Deployment.", HelpName = "kind" };
    private readonly Option<string> _name = new("--name") { Description = "The workload's name. Default: every workload of the namespace.", HelpName = "name" };

    public PolicyProposeCommand()
        : base(
            "propose",
            "Prints policies that let through what was seen of a namespace's workloads, and nothing else; YAML with the evidence as comments. "
                + "Ends with 2 when the namespace has no pod and no flow in the window.",
            """
              kguardian-analytics policy propose --namespace shop --from -7d > shop.yaml
              kguardian-analytics policy propose --namespace shop --kind Deployment --name web --json
            """)
    {
        Namespace.Required = true;
        Add(_kind);
        Add(_name);
    }

    public override async Task<int> RunAsync(ParseResult arguments, CancellationToken cancellationToken)
    {
        var (server, query) = Prepare(arguments, ("kind", arguments.GetValue(_kind)), ("name", arguments.GetValue(_name)));
        using (server)
        {
            Console.Out.Write(await server.GetTextAsync(
                $"/api/v1/policies/proposal?{query}", arguments.GetValue(Json) ? "application/json" : "application/yaml", cancellationToken));
            return ExitCode.Fine;
        }
    }
}
