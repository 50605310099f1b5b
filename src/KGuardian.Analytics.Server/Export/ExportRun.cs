using KGuardian.Analytics.Exports.Files;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Export;

/// <summary>An export into a directory: part after part, each whole and in the manifest before the next is begun.</summary>
/// <param name="server">The server.</param>
/// <param name="request">What is asked for, as the manifest says it.</param>
/// <param name="filter">The filter itself, which the manifest may hide.</param>
/// <param name="fetcher">Gets the parts.</param>
/// <param name="progress">Told how far it is.</param>
internal sealed class ExportRun(ServerClient server, ExportRequest request, string? filter, PartFetcher fetcher, ExportProgress progress)
{
    private const string LockName = ".lock";

    private readonly ExportFormat _format = ExportFormat.Of(request.Format, "");
    private readonly PartSize _size = PartSize.Of(request.Part);

    /// <summary>Does it, or goes on with it.</summary>
    /// <param name="directory">Where to; it is made when it is not there.</param>
    /// <param name="cancellationToken">Ends it; it can be gone on with.</param>
    /// <returns>What there is at the end.</returns>
    /// <exception cref="UsageException">The directory holds another export.</exception>
    public async Task<ExportManifest> RunAsync(string directory, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(directory);
        using var alone = Lock(directory);
        foreach (var left in Directory.EnumerateFiles(directory, "*.tmp"))
        {
            File.Delete(left);
        }

        var manifest = await BeginAsync(directory, cancellationToken);
        if (manifest.Finished is not null)
        {
            progress.Say("this export was finished before; another directory makes a new one");
            return manifest;
        }

        var plan = new PartPlan(server, filter, _size, ExportWindow.Parse(manifest.CompleteTo), ExportWindow.Parse(manifest.To));
        while (await plan.NextAsync(BytesOfRow(manifest), cancellationToken) is { } next)
        {
            var part = await MakeAsync(directory, next.From, next.To, cancellationToken);
            manifest = manifest with { Parts = [.. manifest.Parts, part], CompleteTo = part.To };
            manifest.Write(directory);
            progress.Advance(part.Rows);
        }

        manifest = manifest with { Finished = ExportWindow.Text(DateTime.UtcNow) };
        manifest.Write(directory);
        return manifest;
    }

    private async Task<ExportManifest> BeginAsync(string directory, CancellationToken cancellationToken)
    {
        if (ExportManifest.Read(directory) is { } known)
        {
            if (known.Request != request)
            {
                throw new UsageException($"{directory} holds another export, which its {ExportManifest.FileName} describes: name another directory");
            }

            if (known.Finished is null)
            {
                progress.Say($"goes on behind {known.Rows} flows");
                known = known with { Runs = known.Runs + 1 };
                known.Write(directory);
            }

            return known;
        }

        var (from, to) = await WindowAsync(server, request.From, request.To, filter, cancellationToken);
        var manifest = new ExportManifest
        {
            // What names nobody names no server.
            Server = request.AnonymisedBy is null ? server.Address.ToString() : null,
            Request = request,
            From = ExportWindow.Text(from),
            To = ExportWindow.Text(to),
            Begun = ExportWindow.Text(DateTime.UtcNow),
            CompleteTo = ExportWindow.Text(from),
        };
        manifest.Write(directory);
        return manifest;
    }

    /// <summary>A window as the server takes it: relative times become those of now, once for all parts.</summary>
    public static async Task<(DateTime From, DateTime To)> WindowAsync(
        ServerClient server, string? from, string? to, string? filter, CancellationToken cancellationToken)
    {
        var query = string.Join('&', new[] { ("from", from), ("to", to), ("filter", filter) }
            .Where(parameter => parameter.Item2 is not null).Select(parameter => $"{parameter.Item1}={Uri.EscapeDataString(parameter.Item2!)}"));
        var window = (await server.GetAsync($"/api/v1/flows/count?mode=fast&{query}", cancellationToken)).GetProperty("window");
        return (ExportWindow.Parse(window.GetProperty("from").GetString()!), ExportWindow.Parse(window.GetProperty("to").GetString()!));
    }

    private async Task<ExportPart> MakeAsync(string directory, DateTime from, DateTime to, CancellationToken cancellationToken)
    {
        var name = $"flows-{from:yyyyMMdd'T'HHmmss.ffffff}Z.{_format.Name}";
        var path = Path.Combine(directory, name);
        var fetched = await fetcher.ToFileAsync(from, to, $"{path}.tmp", cancellationToken);
        var isEmpty = fetched.Rows == 0;
        if (isEmpty)
        {
            File.Delete($"{path}.tmp");
            // Of a run that was killed before its manifest said so.
            File.Delete(path);
        }
        else
        {
            File.Move($"{path}.tmp", path, overwrite: true);
        }

        DirectorySync.Flush(directory);
        return new ExportPart(
            isEmpty ? null : name, ExportWindow.Text(from), ExportWindow.Text(to), fetched.Rows!.Value, isEmpty ? 0 : fetched.Bytes,
            isEmpty ? null : fetched.Sha256, ExportWindow.Text(fetched.AsOf));
    }

    /// <summary>As measured, once there is something to measure.</summary>
    private double BytesOfRow(ExportManifest manifest) => manifest.Rows > 0 ? (double)manifest.Bytes / manifest.Rows : _format.FirstGuess;

    private static FileStream Lock(string directory)
    {
        try
        {
            return new FileStream(Path.Combine(directory, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException) when (File.Exists(Path.Combine(directory, LockName)))
        {
            throw new UsageException($"another export writes into {directory}");
        }
    }
}
