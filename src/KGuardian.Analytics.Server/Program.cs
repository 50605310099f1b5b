using KGuardian.Analytics.Server.Commands;
using KGuardian.ClickHouse.Node;

return args is [NodeProcess.Verb, ..] ? NodeProcess.Run(args[1..]) : await CommandLine.RunAsync(args);
