using System.Buffers;
using System.Text.Json;

namespace KGuardian.Analytics.Forwarding.Channels;

/// <summary>Events that go on their way together, in their order. Used again and again: their JSON is in one buffer.</summary>
internal sealed class EventBatch : IDisposable
{
    /// <summary>Most events.</summary>
    public const int MostEvents = 500;

    /// <summary>
    /// No event is added behind this many bytes of JSON: an event has some 600, so that 500 of them are 300 KB; with the largest event that there can be,
    /// and room for a buffer that doubles, a batch takes 2 MiB at most.
    /// </summary>
    private const int FullBytes = 512 << 10;

    private readonly ArrayBufferWriter<byte> _buffer = new(64 << 10);
    private readonly Utf8JsonWriter _json;
    private readonly List<(ForwardedEvent Event, int Begin, int End)> _events = [];

    /// <summary>An empty batch.</summary>
    public EventBatch() => _json = new Utf8JsonWriter(_buffer);

    /// <summary>How many there are.</summary>
    public int Count => _events.Count;

    /// <summary>Whether no more may be added.</summary>
    public bool IsFull => Count >= MostEvents || _buffer.WrittenCount >= FullBytes;

    /// <summary>An event.</summary>
    public ForwardedEvent this[int at] => _events[at].Event;

    /// <summary>Its JSON, on one line, in ASCII.</summary>
    public ReadOnlyMemory<byte> JsonOf(int at) => _buffer.WrittenMemory[_events[at].Begin.._events[at].End];

    /// <summary>Adds an event.</summary>
    /// <param name="write">Writes its JSON, one object.</param>
    public void Add(Func<Utf8JsonWriter, ForwardedEvent> write)
    {
        var begin = _buffer.WrittenCount;
        _json.Reset();
        var added = write(_json);
        _json.Flush();
        _events.Add((added, begin, _buffer.WrittenCount));
    }

    /// <summary>Forgets them.</summary>
    public void Clear()
    {
        _events.Clear();
        _buffer.ResetWrittenCount();
    }

    /// <inheritdoc/>
    public void Dispose() => _json.Dispose();
}

/// <summary>A part of a batch that is sent at once.</summary>
/// <param name="Channel">The channel's name.</param>
/// <param name="Batch">The batch.</param>
/// <param name="First">Where in it the part begins.</param>
/// <param name="Count">How many events it has.</param>
internal readonly record struct EventRun(string Channel, EventBatch Batch, int First, int Count)
{
    /// <summary>An event of the part.</summary>
    public ForwardedEvent this[int at] => Batch[First + at];

    /// <summary>Its JSON.</summary>
    public ReadOnlyMemory<byte> JsonOf(int at) => Batch.JsonOf(First + at);
}
