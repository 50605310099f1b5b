using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Server.Client;

namespace KGuardian.Analytics.Server.Export;

/// <summary>An export into a directory or a bucket: part after part, each whole and in the manifest before the next is begun.</summary>
/// <param name="server">The server.</param>
/// <param name="request">What is asked for, as the manifest says it.</param>
/// <param name="filter">The filter itself, which the manifest may hide.</param>
/// <param name="fetcher">Gets the parts.</param>
/// <param name="progress">Told how far it is.</param>
internal sealed class ExportRun(ServerClient server, ExportRequest request, string? filter, PartFetcher fetcher, ExportProgress progress)
{
    private readonly ExportFormat _format = ExportFormat.Of(request.Format, "");
    private readonly PartSize _size = PartSize.Of(request.Part);

    /// <summary>Does it, or goes on with it.</summary>
    /// <param name="place">Where to.</param>
    /// <param name="cancellationToken">Ends it; it can be gone on with.</param>
    /// <returns>What there is at the end.</returns>
    /// <exception cref="UsageException">The place holds another export.</exception>
    public async Task<ExportManifest> RunAsync(ExportPlace place, CancellationToken cancellationToken)
    {
        var manifest = await BeginAsync(place, cancellationToken);
        if (manifest.Finished is not null)
        {
            progress.Say("this export was finished before; another place makes a new one");
            return manifest;
        }

        var condition = AsOf(filter, new DateTimeOffset(ExportWindow.Parse(manifest.Begun)));
        var plan = new PartPlan(server, condition, _size, ExportWindow.Parse(manifest.CompleteTo), ExportWindow.Parse(manifest.To));
        while (await plan.NextAsync(BytesOfRow(manifest), cancellationToken) is { } next)
        {
            var part = await MakeAsync(place, next.From, next.To, condition, cancellationToken);
            manifest = manifest with { Parts = [.. manifest.Parts, part], CompleteTo = part.To };
            await place.WriteAsync(manifest, cancellationToken);
            progress.Advance(part.Rows);
        }

        manifest = manifest with { Finished = ExportWindow.Text(DateTime.UtcNow) };
        await place.WriteAsync(manifest, cancellationToken);
        return manifest;
    }

    /// <summary>A filter whose relative times count from a moment, so that it says the same for every part; without any it stays as it was typed.</summary>
    /// <exception cref="UsageException">It is no filter that this version knows.</exception>
    internal static string? AsOf(string? filter, DateTimeOffset moment)
    {
        try
        {
            return filter is null || FlowFilter.Parse(filter, moment).Equals(FlowFilter.Parse(filter, moment.AddDays(40))) ? filter
                : FlowFilter.Parse(filter, moment).ToString();
        }
        catch (FilterException e)
        {
            throw new UsageException($"--filter: {e.Message}");
        }
    }

    private async Task<ExportManifest> BeginAsync(ExportPlace place, CancellationToken cancellationToken)
    {
        if (await place.ReadAsync(cancellationToken) is { } known)
        {
            if (known.Request != request)
            {
                throw new UsageException($"{place.Name} holds another export, which its {ExportManifest.FileName} describes: name another place");
            }

            if (known.Finished is null)
            {
                progress.Say($"goes on behind {known.Rows} flows");
                known = known with { Runs = known.Runs + 1 };
                await place.WriteAsync(known, cancellationToken);
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
        await place.WriteAsync(manifest, cancellationToken);
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

    private async Task<ExportPart> MakeAsync(ExportPlace place, DateTime from, DateTime to, string? condition, CancellationToken cancellationToken)
    {
        var name = ExportPart.NameOf(from, _format);
        var fetched = await fetcher.ToFileAsync(from, to, condition, place.DraftOf(name), cancellationToken);
        var isEmpty = fetched.Rows == 0;
        // Where there are no flows a run that was killed before its manifest said so may have left a part.
        await place.KeepAsync(name, isEmpty ? null : fetched, cancellationToken);
        return new ExportPart(
            isEmpty ? null : name, ExportWindow.Text(from), ExportWindow.Text(to), fetched.Rows!.Value, isEmpty ? 0 : fetched.Bytes,
            isEmpty ? null : fetched.Sha256, ExportWindow.Text(fetched.AsOf));
    }

    /// <summary>As measured, once there is something to measure.</summary>
    private double BytesOfRow(ExportManifest manifest) => manifest.Rows > 0 ? (double)manifest.Bytes / manifest.Rows : _format.FirstGuess;
}
