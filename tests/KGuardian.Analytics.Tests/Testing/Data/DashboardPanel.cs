namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>One query of a panel.</summary>
/// <param name="Title">The panel's title.</param>
/// <param name="DataSourceType">Plugin that it is for.</param>
/// <param name="Query">SQL or PromQL, before anything is expanded.</param>
/// <param name="LeastInterval">The panel's least interval.</param>
internal sealed record DashboardPanel(string Title, string DataSourceType, string Query, TimeSpan LeastInterval);
