using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KGuardian.Analytics.Server.Terminal;

/// <summary>Standard output for what has no end, or is long: it says when its reader has left, which .NET's own passes over in silence.</summary>
internal static partial class StandardOutput
{
    /// <summary>EPIPE, of Linux and macOS: nobody reads what is written.</summary>
    private const int BrokenPipe = 32;

    /// <summary>POLLERR: of a pipe's writing end, that the reading one is closed.</summary>
    private const short PollError = 8;

    private const int BufferBytes = 64 << 10;

    /// <summary>Whether colours and screens are for it: it is a terminal, and nobody said NO_COLOR.</summary>
    public static bool HasColours => !Console.IsOutputRedirected && Environment.GetEnvironmentVariable("NO_COLOR") is not { Length: > 0 };

    /// <summary>Opens it; what is written waits for a flush.</summary>
    public static Stream Open()
    {
        if (!OperatingSystem.IsWindows())
        {
            var pipe = new FileStream(new SafeFileHandle(1, ownsHandle: false), FileAccess.Write, BufferBytes);
            // In a file it would write at its own place, whatever others write there.
            if (!pipe.CanSeek)
            {
                return pipe;
            }
        }

        return new BufferedStream(Console.OpenStandardOutput(), BufferBytes);
    }

    /// <summary>Whether there is somebody who reads, as far as can be told: what waits for news asks, as it may not write for a long time.</summary>
    public static bool HasReader()
    {
        if (OperatingSystem.IsWindows())
        {
            return true;
        }

        var state = new PollState { File = 1 };
        return Poll(ref state, 1, 0) <= 0 || (state.Happened & PollError) == 0;
    }

    /// <summary>Whether writing failed because the reader has left, as <c>head</c> does when it has enough: that is an end, and no failure.</summary>
    public static bool IsClosed(IOException failure) => failure.HResult == BrokenPipe;

    [LibraryImport("libc", EntryPoint = "poll")]
    private static partial int Poll(ref PollState states, nuint count, int milliseconds);

    /// <summary>The system's <c>struct pollfd</c>.</summary>
    private struct PollState
    {
        public int File;
        public short Asked;
        public short Happened;
    }
}
