using System.Security.Cryptography;
using System.Text;
using KGuardian.Analytics.Server.Client;
using KGuardian.ClickHouse.Endpoints;

namespace KGuardian.Analytics.Server.Anonymise;

/// <summary>A key: 256 random bits, in a file of 64 hexadecimal digits that nobody else may read. Who has it can tell who was who.</summary>
internal sealed class AnonymiseKey
{
    private const int Bytes = 32;

    private readonly byte[] _key;

    public AnonymiseKey(byte[] key) => _key = key.Length == Bytes ? key : throw new ArgumentException($"{key.Length} bytes are no key", nameof(key));

    /// <summary>Of addresses: 128 bits for AES, and 128 for its padding, as Crypto-PAn takes them.</summary>
    public ReadOnlySpan<byte> OfAddresses => _key;

    /// <summary>Tells keys apart, and nothing else.</summary>
    public string Check => CheckOf("");

    /// <summary>Tells whether a text is the same as before, to who has the key.</summary>
    public string CheckOf(string text) => Convert.ToHexStringLower(Derive($"check {text}").AsSpan(0, 8));

    /// <summary>A key of its own for a purpose.</summary>
    public byte[] Derive(string purpose) => HMACSHA256.HashData(_key, Encoding.UTF8.GetBytes(purpose));

    /// <summary>Reads a file.</summary>
    /// <exception cref="UsageException">There is none, others may read it, or it is no key; its text is not repeated.</exception>
    public static AnonymiseKey Read(NamedFile file) => file.Use(path =>
    {
        PrivateFile.Check(path, "is a key");
        var text = SecretText.Read(path);
        return text.Length == 2 * Bytes && text.All(char.IsAsciiHexDigit) ? new AnonymiseKey(Convert.FromHexString(text))
            : throw new InvalidDataException($"a key is {2 * Bytes} hexadecimal digits, as anonymise --new-key makes it");
    });

    /// <summary>Makes a file with a new key.</summary>
    /// <exception cref="UsageException">There is one of that name.</exception>
    public static void Create(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = PrivateFile.Mode;
        }

        try
        {
            using var file = new FileStream(path, options);
            file.Write(Encoding.ASCII.GetBytes($"{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(Bytes))}\n"));
            file.Flush(flushToDisk: true);
        }
        catch (IOException) when (File.Exists(path))
        {
            throw new UsageException($"--new-key '{path}' is there already: another key would make other names");
        }
    }
}
