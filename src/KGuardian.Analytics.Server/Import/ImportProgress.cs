using Spectre.Console;
using Spectre.Console.Rendering;

namespace KGuardian.Analytics.Server.Import;

/// <summary>Shows on standard error how far an import is: bars with rows a second and the time left, and only at a terminal. Notes always.</summary>
internal sealed class ImportProgress
{
    private readonly IAnsiConsole _console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
    private readonly Dictionary<string, ProgressTask> _tasks = [];
    private ProgressContext? _context;

    /// <summary>Does something while progress shows.</summary>
    public async Task RunAsync(Func<Task> work)
    {
        if (Console.IsErrorRedirected)
        {
            await work();
            return;
        }

        var bars = _console.Progress().Columns(
            new TaskDescriptionColumn(), new ProgressBarColumn(), new KnownColumn(new PercentageColumn()), new RateColumn(),
            new KnownColumn(new RemainingTimeColumn()));
        await bars.StartAsync(async context =>
        {
            _context = context;
            await work();
        });
    }

    /// <summary>Something begins.</summary>
    /// <param name="table">What.</param>
    /// <param name="rows">Rows that it has.</param>
    /// <param name="done">Rows that are done already.</param>
    public void Begin(ImportTable table, long rows, long done)
    {
        if (_context is not null)
        {
            _tasks[table.Name] = _context.AddTask(table.Name, maxValue: Math.Max(1, rows - done));
        }
    }

    /// <summary>Something begins of which nobody knows how many rows it has.</summary>
    public void Begin(ImportTable table)
    {
        if (_context is not null)
        {
            var task = _tasks[table.Name] = _context.AddTask(table.Name, maxValue: double.MaxValue);
            task.IsIndeterminate = true;
        }
    }

    /// <summary>Rows are done.</summary>
    public void Advance(ImportTable table, long rows)
    {
        if (_tasks.TryGetValue(table.Name, out var task))
        {
            task.Increment(rows);
            if (task.IsIndeterminate)
            {
                task.Description = $"{table.Name}: {task.Value:0}";
            }
        }
    }

    /// <summary>Something is over.</summary>
    public void End(ImportTable table)
    {
        if (_tasks.TryGetValue(table.Name, out var task))
        {
            if (task.IsIndeterminate)
            {
                (task.MaxValue, task.IsIndeterminate) = (Math.Max(1, task.Value), false);
            }

            task.Value = task.MaxValue;
            task.StopTask();
        }
    }

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

    /// <summary>What says something only where the number of rows is known.</summary>
    private sealed class KnownColumn(ProgressColumn column) : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            task.IsIndeterminate ? Text.Empty : column.Render(options, task, deltaTime);
    }

    /// <summary>Rows a second.</summary>
    private sealed class RateColumn : ProgressColumn
    {
        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) => new Text($"{task.Speed ?? 0:0} rows/s");
    }
}
