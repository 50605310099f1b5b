using KGuardian.Analytics.Server.Commands;
using KGuardian.Analytics.Store;
using KGuardian.ClickHouse.Node;

StoreSettingNames.Use();
return args is [NodeProcess.Verb, ..] ? NodeProcess.Run(args[1..]) : await CommandLine.RunAsync(args);
