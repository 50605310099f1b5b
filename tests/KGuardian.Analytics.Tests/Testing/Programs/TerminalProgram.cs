namespace KGuardian.Analytics.Tests.Testing.Programs;

/// <summary>A terminal of tmux's, with a shell command in it: what it shows can be read, and keys can be pressed.</summary>
internal sealed class TerminalProgram : IAsyncDisposable
{
    private readonly string _socket;

    private TerminalProgram(string socket) => _socket = socket;

    /// <summary>Runs a command line in a terminal of a size.</summary>
    public static async Task<TerminalProgram> StartAsync(string directory, int width, int height, string script)
    {
        var terminal = new TerminalProgram(Path.Combine(directory, "tmux"));
        // What has ended stays on the screen.
        await terminal.TmuxAsync(
            "-f", "/dev/null", "new-session", "-d", "-s", "test", "-x", $"{width}", "-y", $"{height}",
            $"{script}; echo \"ended: $?\"; stty -a; exec sleep 1000");
        return terminal;
    }

    /// <summary>What it shows.</summary>
    public Task<string> ShowAsync() => TmuxAsync("capture-pane", "-p", "-t", "test");

    /// <summary>Presses keys, as tmux names them.</summary>
    public Task PressAsync(params string[] keys) => TmuxAsync(["send-keys", "-t", "test", .. keys]);

    /// <summary>Makes it another size.</summary>
    public Task ResizeAsync(int width, int height) => TmuxAsync("resize-window", "-t", "test", "-x", $"{width}", "-y", $"{height}");

    /// <summary>Waits until it shows something; a picture of it is kept with the test's results.</summary>
    public async Task<string> SeeAsync(string picture, Func<string, bool> isIt)
    {
        var screen = "";
        try
        {
            await Patience.UntilAsync(picture, async () => isIt(screen = await ShowAsync()));
        }
        finally
        {
            TestContext.Current.AddAttachment($"{picture}.txt", screen);
            if (Environment.GetEnvironmentVariable("TEST_SCREENS") is { Length: > 0 } directory)
            {
                // For whoever wants to look at them: see tests/run.sh.
                Directory.CreateDirectory(directory);
                await File.WriteAllTextAsync(Path.Combine(directory, $"{picture}.txt"), screen);
            }
        }

        return screen;
    }

    public async ValueTask DisposeAsync() => await Command.TryAsync([], "tmux", "-S", _socket, "kill-server");

    private async Task<string> TmuxAsync(params string[] arguments) => await Command.RunAsync("tmux", ["-S", _socket, .. arguments]);
}
