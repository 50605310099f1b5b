using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KGuardian.Analytics.Server.Anonymise;

/// <summary>Other names for names: keyed hashes, which look like what Kubernetes makes.</summary>
internal sealed class NameAnonymiser(AnonymiseKey key)
{
    /// <summary>What Kubernetes makes hashes and suffixes of: no vowels, and none of 0, 1 and 3.</summary>
    private const string Letters = "bcdfghjklmnpqrstvwxz";
    private const string Alphabet = Letters + "2456789";

    /// <summary>Characters of a name: 20 · 27^11, so that of 100,000 names two are the same once in a million times.</summary>
    private const int NameLength = 12;

    private static readonly SearchValues<char> Hashlike = SearchValues.Create(Alphabet);

    private readonly byte[] _key = key.Derive("names");

    /// <summary>Another name; the same for namespaces, workloads, services, nodes and labels, wherever it stands.</summary>
    public string Name(string name)
    {
        var number = Hash($"name {name}");
        return $"{Letters[(int)(number % 20)]}{Digits(number / 20, NameLength - 1)}";
    }

    /// <summary>
    /// Another name for a pod: that of its workload, then what tells it from the workload's others: an ordinal stays, a hash and a suffix become others
    /// of their length.
    /// </summary>
    public string Pod(string name)
    {
        var pieces = name.Split('-');
        var last = pieces.Length - 1;
        if (last > 0 && pieces[last].Length is > 0 and < 6 && pieces[last].All(char.IsAsciiDigit))
        {
            return $"{Name(Join(pieces, last))}-{pieces[last]}";
        }

        if (last == 0 || pieces[last].Length != 5 || pieces[last].AsSpan().ContainsAnyExcept(Hashlike))
        {
            return Name(name);
        }

        var suffix = Digits(Hash($"suffix {name}"), 5);
        return last > 1 && IsHash(pieces[last - 1])
            ? $"{Name(Join(pieces, last - 1))}-{Digits(Hash($"hash {pieces[last - 1]}"), pieces[last - 1].Length)}-{suffix}"
            : $"{Name(Join(pieces, last))}-{suffix}";
    }

    /// <summary>Another UUID, of version 8.</summary>
    public Guid Uuid(Guid uuid)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, uuid.ToByteArray(bigEndian: true), hash);
        hash[6] = (byte)((hash[6] & 0x0F) | 0x80);
        hash[8] = (byte)((hash[8] & 0x3F) | 0x80);
        return new Guid(hash[..16], bigEndian: true);
    }

    /// <summary>Of a ReplicaSet, six to ten characters with a digit; of a CronJob's run, minutes since 1970.</summary>
    private static bool IsHash(string piece) => piece.Length is >= 6 and <= 10 && piece.AsSpan().ContainsAnyInRange('0', '9')
        && (!piece.AsSpan().ContainsAnyExcept(Hashlike) || piece.All(char.IsAsciiDigit));

    private static string Join(string[] pieces, int count) => string.Join('-', pieces, 0, count);

    private ulong Hash(string text)
    {
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(text), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }

    private static string Digits(ulong number, int length) => string.Create(length, number, static (text, left) =>
    {
        foreach (ref var digit in text)
        {
            (digit, left) = (Alphabet[(int)(left % 27)], left / 27);
        }
    });
}
