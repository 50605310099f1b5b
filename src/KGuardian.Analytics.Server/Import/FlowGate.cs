using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Ingest.Parsing;

namespace KGuardian.Analytics.Server.Import;

/// <summary>Looks at flows as the server will, before they are sent: refused ones are told with their reason, and the same flow is known again.</summary>
internal sealed class FlowGate
{
    /// <summary>Keys are compared within one import only: any secret does.</summary>
    private static readonly FlowKeyHasher Hasher = new(0x6b67_7561_7264_6961, 0x6e2d_696d_706f_7274);

    private readonly EventParser _parser = new(new EventParserOptions(), Hasher);
    private readonly EventBatch _parsed = new();

    /// <summary>Adds a flow to a batch, or to its rejects.</summary>
    /// <param name="json">The flow, one JSON object.</param>
    /// <param name="row">Its number in the source, from 1.</param>
    /// <param name="to">Gets it.</param>
    public void Add(ReadOnlySpan<byte> json, long row, ImportBatch to)
    {
        _parsed.Clear();
        _parser.Begin(BodyShape.OneEvent);
        try
        {
            _parser.Parse(json, isFinal: true, _parsed);
        }
        catch (MalformedBodyException e)
        {
            to.Rejects.Add(new(row, "", $"no JSON object: expected {e.Expected} at byte {e.ByteOffset}", RejectFile.Show(json)));
            return;
        }

        if (_parsed.Rejected is [var rejected, ..])
        {
            to.Rejects.Add(new(row, rejected.Field, rejected.Reason.Name(), RejectFile.Show(json)));
            return;
        }

        to.Add(json, row);
        to.Flows.Add((_parsed.Keys[0].Lo, FlowDay.Of(_parsed.TimeMicros[0])));
    }
}
