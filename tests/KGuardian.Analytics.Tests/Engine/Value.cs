using System.Text.Json.Serialization;

namespace KGuardian.Analytics.Tests.Engine;

/// <summary>A row of one column named "value".</summary>
internal sealed record Value<T>([property: JsonPropertyName("value")] T Content);
