using System.Buffers;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace KGuardian.Analytics.Server.Import.Files;

/// <summary>Files of flows, one after the other, as something to import.</summary>
/// <param name="paths">The files; <c>-</c> for standard input.</param>
/// <param name="shape">How rows become flows.</param>
internal sealed class FileSource(IReadOnlyList<string> paths, FlowShape shape) : IImportSource
{
    private long _rows;
    private long _ignored;

    /// <inheritdoc/>
    public string Name => string.Join(", ", paths);

    /// <inheritdoc/>
    public string Identity { get; } = $"{shape.Name} of {string.Join(", ", paths.Select(path =>
        path == "-" ? "-" : string.Create(CultureInfo.InvariantCulture, $"{Path.GetFullPath(path)} ({new FileInfo(path).Length} bytes)")))}";

    /// <inheritdoc/>
    public IReadOnlyList<(ImportTable Table, long Rows)> Tables => [(ImportTable.Flows, _rows - _ignored)];

    /// <inheritdoc/>
    public IReadOnlyList<string> Notes => _ignored == 0 ? [] : [$"{_ignored} rows were not about a flow that is kept, such as replies: ignored"];

    /// <inheritdoc/>
    public Task<bool> CanGoOnAsync(ImportState state, CancellationToken cancellationToken) => Task.FromResult(!paths.Contains("-"));

    /// <inheritdoc/>
    public async Task SendAsync(ImportRun run, ImportProgress progress, CancellationToken cancellationToken)
    {
        var state = run.State.Of(ImportTable.Flows);
        progress.Begin(ImportTable.Flows);
        // Those that were acknowledged are read again and left out: they are the first, in the same order.
        await run.SendAllAsync(
            ImportTable.Flows, ReadAsync(state.Rows, run.Rent, run.RowsOf(ImportTable.Flows), cancellationToken), cancellationToken);
        progress.End(ImportTable.Flows);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async IAsyncEnumerable<ImportBatch> ReadAsync(
        long skip, Func<ImportBatch> rent, int mostRows, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (gate, json, batch) = (new FlowGate(), new ArrayBufferWriter<byte>(), rent());
        foreach (var path in paths)
        {
            await foreach (var (line, row, fault) in FlowFile.ReadAsync(path, cancellationToken))
            {
                _rows++;
                var flow = fault is null ? Convert(row) : null;
                if (flow is { IsIgnored: true })
                {
                    _ignored++;
                }
                else if (_rows - _ignored > skip)
                {
                    Add(line, row, fault, flow, gate, json, batch);
                }

                if (batch.Count + batch.Rejects.Count >= mostRows || batch.Bytes >= ImportTable.MostBytes)
                {
                    yield return batch;
                    batch = rent();
                }
            }
        }

        if (batch.Count + batch.Rejects.Count > 0)
        {
            yield return batch;
        }
    }

    private ShapedFlow Convert(SourceRow row)
    {
        try
        {
            return shape.Convert(row);
        }
        catch (InvalidOperationException)
        {
            return new() { Fault = ("", "invalid_utf8") };
        }
    }

    private static void Add(
        long line, SourceRow row, RejectedSource? fault, ShapedFlow? flow, FlowGate gate, ArrayBufferWriter<byte> json, ImportBatch to)
    {
        if (fault is not null)
        {
            to.Rejects.Add(fault);
        }
        else if (flow!.Fault is { } wrong)
        {
            to.Rejects.Add(new(line, wrong.Field, wrong.Reason, row.Show()));
        }
        else
        {
            json.ResetWrittenCount();
            flow.Write(json);
            gate.Add(json.WrittenSpan, line, to);
        }
    }
}
