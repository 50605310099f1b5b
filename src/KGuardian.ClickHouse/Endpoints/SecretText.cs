using System.Text;

namespace KGuardian.ClickHouse.Endpoints;

/// <summary>
/// The one way to read a secret, wherever it comes from: white space around it is no part of it, nor is a byte order mark. Editors, <c>echo</c>,
/// YAML and Kubernetes' Secrets leave line ends there, of Windows too.
/// </summary>
internal static class SecretText
{
    /// <summary>Far more than authorities or tokens need; a device or a log that was named by mistake is not read into memory.</summary>
    private const int MostCharacters = 4 << 20;

    /// <summary>The secret in a text; empty when there is none.</summary>
    public static string Clean(string text) => text.Trim('\uFEFF').Trim();

    /// <summary>The secret in a file of its own.</summary>
    /// <exception cref="IOException">It cannot be read; also <see cref="UnauthorizedAccessException"/>.</exception>
    /// <exception cref="InvalidDataException">There is nothing in it, or no text.</exception>
    public static string Read(string path) =>
        Clean(ReadAll(path)) is { Length: > 0 } secret ? secret : throw new InvalidDataException("the file must hold more than white space");

    /// <summary>A file's lines, each without the white space around it. As UTF-8, or as its byte order mark says.</summary>
    /// <exception cref="IOException">It cannot be read; also <see cref="UnauthorizedAccessException"/>.</exception>
    /// <exception cref="InvalidDataException">It holds no text.</exception>
    public static string[] ReadLines(string path) => [.. ReadAll(path).Split('\n').Select(Clean)];

    private static string ReadAll(string path)
    {
        using var reader = new StreamReader(path, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true));
        var text = new StringBuilder();
        var buffer = new char[4096];
        try
        {
            for (int read; (read = reader.Read(buffer)) > 0;)
            {
                text.Append(buffer, 0, read);
                if (text.Length > MostCharacters)
                {
                    throw new InvalidDataException($"the file holds more than {MostCharacters} characters");
                }
            }
        }
        catch (DecoderFallbackException e)
        {
            throw new InvalidDataException("the file is not text in UTF-8", e);
        }

        return text.ToString();
    }
}
