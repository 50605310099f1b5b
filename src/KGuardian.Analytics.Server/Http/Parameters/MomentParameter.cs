using System.Text.Json.Nodes;

namespace KGuardian.Analytics.Server.Http.Parameters;

/// <summary>A parameter whose text may count from a moment, as <c>-24h</c> does: the moment of the request, or that in which a walk over pages began.</summary>
/// <typeparam name="T">What it means.</typeparam>
/// <param name="name">Its name.</param>
/// <param name="text">What it is.</param>
/// <param name="schema">What its values look like.</param>
/// <param name="read">Reads a text; throws <see cref="ParameterException"/> for one that is not taken.</param>
/// <param name="absent">What it means to be left out, when there is no text that counts instead.</param>
internal sealed class MomentParameter<T>(string name, string text, JsonObject schema, Func<string, DateTimeOffset, T> read, T absent)
    : ApiParameter(name, text, schema)
{
    /// <summary>What a text means at a moment; null is one that was not given.</summary>
    /// <exception cref="ParameterException">It is not taken.</exception>
    public T Read(string? given, DateTimeOffset now) => (given ?? Fallback) is { } counts ? read(counts, now) : absent;
}
