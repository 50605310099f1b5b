using KGuardian.Analytics.Tests.Testing.Data;
using KGuardian.Analytics.Tests.Testing.Network;
using KGuardian.Analytics.Tests.Testing.Programs;
using KGuardian.Analytics.Tests.Testing.Servers;

namespace KGuardian.Analytics.Tests.EndToEnd.Server.Commands;

/// <summary>The live <c>top</c>, in a terminal.</summary>
[Collection(OnRemoteServer.Name)]
public sealed class TopScreenTests(RemoteServer server) : IDisposable
{
    private readonly TestDirectory _directory = new();

    [Fact]
    public async Task Screen_follows_keys_size_and_server_and_leaves_the_terminal_as_it_was()
    {
        Needs.Programs("tmux", "stty");
        var pod = FlowEvent.NewPod();
        await server.Api.PostBatchAsync([.. FlowEvent.Many(pod, 5), FlowEvent.Of(pod, 9) with { Decision = "DROP", TrafficInOutIp = "192.0.2.9" }]);
        var day = FlowEvent.Of(pod, 1).TimeStamp![..10];
        await using var relay = new TcpRelay(server.Api.Address);
        await using var terminal = await TerminalProgram.StartAsync(
            _directory.Path, 200, 30, $"{ServerProgram.Path} top --every 1 --from {day} --filter 'pod = {pod}' --server {relay.Address}");

        await terminal.SeeAsync("top", screen => Has(screen, "TALKERS", pod) && Has(screen, "DROPS", "192.0.2.9") && Has(screen, "NEW", "q quit"));
        await server.Api.PostBatchAsync([FlowEvent.Of(pod, 10) with { PodNamespace = "just-came" }]);
        await terminal.SeeAsync("top-new", screen => Has(screen, "NEW", "just-came/"));
        await terminal.PressAsync("d", "b");
        await terminal.SeeAsync("top-drops", screen => Has(screen, "by namespace,decision", "and decision = DROP") && !Has(screen, "TALKERS", "ALLOW"));
        await terminal.PressAsync("d", "p", "/");
        await terminal.PressAsync("C-h", "q");
        await terminal.SeeAsync("top-typing", screen => Has(screen, "PAUSED", $"filter: pod = {pod[..^1]}q_"));
        // A key behind it at once would be another key, as terminals have it.
        await terminal.PressAsync("Escape");
        await terminal.SeeAsync("top-typed", screen => Has(screen, "PAUSED", "q quit"));
        await terminal.PressAsync("p");
        await terminal.ResizeAsync(60, 15);
        await terminal.SeeAsync("top-small", screen => Has(screen, "TALKERS", "q quit") && screen.TrimEnd().Split('\n').Length == 15);
        relay.GoAway();
        await terminal.SeeAsync("top-away", screen => Has(screen, "refused", "TALKERS"));
        relay.Open();
        await terminal.SeeAsync("top-back", screen => Has(screen, "new flows/s", "TALKERS"));
        await terminal.PressAsync("q");

        await AssertLeftAsync(terminal, "top-left");
    }

    [Fact]
    public async Task Interrupt_leaves_the_terminal_as_it_was_too()
    {
        Needs.Programs("tmux", "stty");
        await using var terminal = await TerminalProgram.StartAsync(_directory.Path, 80, 24, $"{ServerProgram.Path} top --server {server.Api.Address}");
        await terminal.SeeAsync("top-before", screen => screen.Contains("TALKERS", StringComparison.Ordinal));

        await terminal.PressAsync("C-c");

        await AssertLeftAsync(terminal, "top-interrupted");
    }

    public void Dispose() => _directory.Dispose();

    /// <summary>The program has ended well, its screen is gone, and the terminal gathers and shows what is typed.</summary>
    private static async Task AssertLeftAsync(TerminalProgram terminal, string picture)
    {
        var left = await terminal.SeeAsync(picture, screen => Has(screen, "ended: ", " echo "));
        Assert.Contains("ended: 0", left, StringComparison.Ordinal);
        Assert.DoesNotContain("-icanon", left, StringComparison.Ordinal);
        Assert.DoesNotContain("TALKERS", left, StringComparison.Ordinal);
    }

    private static bool Has(string screen, string first, string behind) =>
        screen.IndexOf(first, StringComparison.Ordinal) is >= 0 and var at && screen.IndexOf(behind, at, StringComparison.Ordinal) >= 0;
}
