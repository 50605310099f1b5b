using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KGuardian.Analytics.Query.Cursors;

/// <summary>Where a walk over pages goes on, and what it is a walk over.</summary>
/// <param name="Now">When the walk began: what its relative times count from, on every page.</param>
/// <param name="Issued">When this cursor was given out.</param>
/// <param name="Position">The last row shown.</param>
/// <param name="Window">Fingerprint of the window.</param>
/// <param name="Filter">Fingerprint of the filter.</param>
/// <param name="NewestFirst">The order.</param>
internal sealed record FlowCursor(DateTimeOffset Now, DateTimeOffset Issued, FlowKeyset Position, ulong Window, ulong Filter, bool NewestFirst)
{
    /// <summary>How long a cursor can be used.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    /// <summary>A cursor behind a row of a walk.</summary>
    public static FlowCursor Behind(FlowKeyset position, FlowSelection selection, bool newestFirst, DateTimeOffset now, DateTimeOffset issued) =>
        new(now, issued, position, Fingerprint(selection.Window.ToString()), Fingerprint(selection.Filter.ToString()), newestFirst);

    /// <summary>Makes sure that this cursor goes on with the same walk.</summary>
    /// <exception cref="CursorException">It is another's; the exception says what differs.</exception>
    public void Check(FlowSelection selection, bool newestFirst)
    {
        if (Filter != Fingerprint(selection.Filter.ToString()))
        {
            throw new CursorException("is from another filter");
        }

        if (Window != Fingerprint(selection.Window.ToString()))
        {
            throw new CursorException("is from another window (from, to)");
        }

        if (NewestFirst != newestFirst)
        {
            throw new CursorException("is from another order");
        }
    }

    internal static ulong Fingerprint(string text) => BinaryPrimitives.ReadUInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text)));
}
