using System.Text.Json.Serialization;

namespace KGuardian.Analytics.Bench.PgBroker;

/// <summary>Generated serializers: the comparison broker should not lose time to reflection.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(TrafficRow))]
[JsonSerializable(typeof(List<TrafficRow>))]
[JsonSerializable(typeof(int))]
internal sealed partial class TrafficJson : JsonSerializerContext;
