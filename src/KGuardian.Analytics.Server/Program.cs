using KGuardian.Analytics.Engine;
using KGuardian.Analytics.Server.Commands;

return args is [NodeProcess.Verb, ..] ? NodeProcess.Run(args[1..]) : await CommandLine.RunAsync(args);
