using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Tests.Testing.Data;

/// <summary>Bodies for parser tests, and what comes out of them as text that is easy to compare.</summary>
internal static class Bodies
{
    public static readonly FlowKeyHasher Hasher = new(1, 2);

    /// <summary>The first events of the real input, as the controller writes them: without white space.</summary>
    public static byte[] Real(int events)
    {
        var all = JsonNode.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "data", "openshift-flows.json")))!.AsArray();
        var some = new JsonArray([.. all.Take(events).Select(node => node!.DeepClone())]);
        return JsonSerializer.SerializeToUtf8Bytes(some);
    }

    /// <summary>The first events of the real input as one event's bytes each.</summary>
    public static byte[] OneEvent() => JsonSerializer.SerializeToUtf8Bytes(JsonNode.Parse(Real(1))![0]);

    /// <summary>Parses a whole body.</summary>
    public static EventBatch Parse(ReadOnlySpan<byte> body, BodyShape shape = BodyShape.Batch, EventParserOptions? options = null)
    {
        var parser = new EventParser(options ?? new EventParserOptions(), Hasher);
        var batch = new EventBatch();
        parser.Begin(shape);
        Assert.Equal(body.Length, parser.Parse(body, true, batch));
        return batch;
    }

    /// <summary>Parses a whole body given as text.</summary>
    public static EventBatch Parse(string body, BodyShape shape = BodyShape.Batch, EventParserOptions? options = null) =>
        Parse(Encoding.UTF8.GetBytes(body), shape, options);

    /// <summary>Parses, and describes the rows or the error.</summary>
    public static string Outcome(ReadOnlySpan<byte> body, BodyShape shape, EventParser parser, EventBatch batch)
    {
        batch.Clear();
        parser.Begin(shape);
        try
        {
            parser.Parse(body, true, batch);
            return Describe(batch);
        }
        catch (MalformedBodyException e)
        {
            return e.Message;
        }
    }

    /// <summary>The same for a body that arrives in pieces, cut at the positions given in ascending order.</summary>
    public static string OutcomeInPieces(ReadOnlySpan<byte> body, BodyShape shape, EventParser parser, EventBatch batch, int[] cuts)
    {
        batch.Clear();
        parser.Begin(shape);
        try
        {
            var done = 0;
            foreach (var cut in cuts)
            {
                done += parser.Parse(body[done..Math.Max(done, cut)], false, batch);
            }

            Assert.Equal(body.Length - done, parser.Parse(body[done..], true, batch));
            return Describe(batch);
        }
        catch (MalformedBodyException e)
        {
            return e.Message;
        }
    }

    /// <summary>Every column of every row, and the rejected rows.</summary>
    public static string Describe(EventBatch batch)
    {
        var text = new StringBuilder();
        for (var row = 0; row < batch.Count; row++)
        {
            text.Append(batch.Uuids[row].ToString("x32")).Append(' ').Append(batch.TimeMicros[row]);
            for (var field = EventField.PodName; field <= EventField.Decision; field++)
            {
                text.Append(' ').Append(batch.Column(field)[row].IsNull ? "-" : Convert.ToHexString(batch.TextOf(field, row)) + ".");
            }

            text.Append(' ').Append(batch.PodPorts[row]).Append(' ').Append(batch.TrafficInOutPorts[row]);
            text.Append(' ').Append(batch.Keys[row]).Append('\n');
        }

        foreach (var row in batch.Rejected)
        {
            text.Append(row.Reason.Name()).Append(' ').Append(row.Field).Append(' ').Append(Convert.ToHexString(row.Raw.Span)).Append('\n');
        }

        return text.ToString();
    }
}
