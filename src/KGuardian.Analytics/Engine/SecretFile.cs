namespace KGuardian.Analytics.Engine;

/// <summary>A secret that is kept in a file of its own.</summary>
public static class SecretFile
{
    /// <summary>All of the file but the line ends behind it.</summary>
    /// <exception cref="IOException">It cannot be read; also <see cref="UnauthorizedAccessException"/>.</exception>
    /// <exception cref="InvalidDataException">There is nothing in it.</exception>
    public static string Read(string path) =>
        File.ReadAllText(path).TrimEnd('\r', '\n') is { Length: > 0 } secret ? secret
            : throw new InvalidDataException("the file must hold more than line ends");
}
