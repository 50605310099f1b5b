using System.Runtime.InteropServices;

namespace KGuardian.Analytics.Server.Import;

/// <summary>
/// Keys of the flows that were sent, 8 bytes each, in a file: so that it can be counted how many there are of each, whatever their number, also when
/// an import is killed and goes on.
/// </summary>
internal sealed class KeyFile : IDisposable
{
    /// <summary>Keys that are sorted at once: 32 MB.</summary>
    private const int MostAtOnce = 4 << 20;

    private readonly FileStream _file;

    /// <param name="path">Its name.</param>
    /// <param name="bytes">How much of it counts.</param>
    public KeyFile(string path, long bytes)
    {
        _file = new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.Read);
        if (_file.Length < bytes)
        {
            _file.Dispose();
            throw new IOException($"{path} is shorter than the import left it; begin anew with another --state");
        }

        _file.SetLength(bytes);
        _file.Seek(0, SeekOrigin.End);
    }

    /// <summary>How long it is.</summary>
    public long Bytes => _file.Length;

    /// <summary>How many keys there are.</summary>
    public long Count => Bytes / sizeof(ulong);

    /// <summary>Appends keys.</summary>
    public void Append(List<ulong> keys)
    {
        _file.Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(keys)));
        _file.Flush();
    }

    /// <summary>How many different keys there are. In as many passes as bound the memory; keys are spread evenly.</summary>
    public long CountDistinct()
    {
        var total = _file.Length / sizeof(ulong);
        var passes = (ulong)((total / MostAtOnce) + 1);
        long distinct = 0;
        var buffer = new ulong[8 << 10];
        for (ulong pass = 0; pass < passes; pass++)
        {
            var keys = new List<ulong>();
            _file.Seek(0, SeekOrigin.Begin);
            for (int read; (read = _file.ReadAtLeast(MemoryMarshal.AsBytes(buffer.AsSpan()), sizeof(ulong) * buffer.Length, throwOnEndOfStream: false)) > 0;)
            {
                foreach (var key in buffer.AsSpan(0, read / sizeof(ulong)))
                {
                    if (key % passes == pass)
                    {
                        keys.Add(key);
                    }
                }
            }

            keys.Sort();
            for (var i = 0; i < keys.Count; i++)
            {
                distinct += i == 0 || keys[i] != keys[i - 1] ? 1 : 0;
            }
        }

        _file.Seek(0, SeekOrigin.End);
        return distinct;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
