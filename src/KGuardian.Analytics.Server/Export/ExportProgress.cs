using Spectre.Console;
using Spectre.Console.Rendering;

namespace KGuardian.Analytics.Server.Export;

/// <summary>Shows on standard error how far an export is: a bar with flows a second and the time left, and only at a terminal. Notes always.</summary>
internal sealed class ExportProgress
{
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    private ProgressTask? _task;

    /// <summary>Does something while progress shows.</summary>
    /// <param name="count">How many flows there are, asked for when somebody sees it.</param>
    /// <param name="work">What is done.</param>
    public async Task<T> RunAsync<T>(Func<Task<long>> count, Func<Task<T>> work)
    {
        if (Console.IsErrorRedirected)
        {
            return await work();
        }

        var rows = await count();
        return await _console.Progress()
            .Columns(new TaskDescriptionColumn(), new ProgressBarColumn(), new PercentageColumn(), new RateColumn(), new RemainingTimeColumn())
            .StartAsync(async context =>
            {
                _task = context.AddTask("flows", maxValue: Math.Max(1, rows));
                var made = await work();
                _task.Value = _task.MaxValue;
                return made;
            });
    }

    /// <summary>Flows are in a part.</summary>
    public void Advance(long rows) => _task?.Increment(rows);

    /// <summary>Says something.</summary>
    public void Say(string note)
    {
        if (Console.IsErrorRedirected)
        {
            Console.Error.WriteLine(note);
        }
        else
        {
            _console.MarkupLineInterpolated($"{note}");
        }
    }

    /// <summary>Flows a second.</summary>
    private sealed class RateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text($"{task.Speed ?? 0:0} flows/s");
    }
}
