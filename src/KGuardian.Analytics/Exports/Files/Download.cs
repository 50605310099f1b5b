namespace KGuardian.Analytics.Exports.Files;

/// <summary>How a file is got from a bucket.</summary>
/// <param name="Name">What it is to be called where it is saved.</param>
/// <param name="MediaType">What it is.</param>
/// <param name="IsHead">Whether only its headers are asked for: a signature is for one method.</param>
internal sealed record Download(string Name, string MediaType, bool IsHead = false);
