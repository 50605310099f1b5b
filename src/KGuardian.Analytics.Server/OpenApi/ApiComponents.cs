using KGuardian.Analytics.Flows;
using KGuardian.Analytics.Query.Names;
using Microsoft.OpenApi;

namespace KGuardian.Analytics.Server.OpenApi;

/// <summary>
/// The schemas of bodies and answers, with their examples: components.json, which is part of the program. The columns of flows
/// come from <see cref="FlowTable"/>.
/// </summary>
internal sealed class ApiComponents
{
    /// <summary>The schemas by name.</summary>
    public IDictionary<string, IOpenApiSchema> Schemas { get; } = Read();

    /// <summary>JSON of a schema.</summary>
    /// <param name="schema">Its name.</param>
    /// <param name="document">The document that refers to it.</param>
    public OpenApiMediaType Content(string schema, OpenApiDocument document) => new()
    {
        Schema = new OpenApiSchemaReference(schema, document),
        Example = Schemas[schema].Examples is [var example, ..] ? example.DeepClone() : null,
    };

    /// <summary>A file that is part of the program.</summary>
    public static Stream Open(string file) =>
        typeof(ApiComponents).Assembly.GetManifestResourceStream($"KGuardian.Analytics.Server.OpenApi.{file}")!;

    private static IDictionary<string, IOpenApiSchema> Read()
    {
        using var file = new StreamReader(Open("components.json"));
        // Readers take whole documents.
        var read = OpenApiDocument.Parse(
            $$"""{"openapi": "3.1.0", "info": {"title": "", "version": ""}, "paths": {}, "components": {{file.ReadToEnd()}}}""", OpenApiConstants.Json);
        var schemas = read.Document!.Components!.Schemas!;
        Describe(schemas["Flow"], FlowTable.Shown, time: "UTC, without a zone.");
        Describe(schemas["FlowRow"], FlowTable.Shown.Concat(FlowName.All.Select(name => name.Column)), time: "UTC, to the microsecond.", hasZone: true);
        Describe(schemas["CollapsedFlow"], FlowTable.OfSeveral, port: "The word ephemeral for all that systems choose by themselves.");
        return schemas;
    }

    /// <summary>Puts columns before the properties that stand in the file.</summary>
    private static void Describe(IOpenApiSchema schema, IEnumerable<FlowColumn> columns, string time = "", bool hasZone = false, string port = "")
    {
        var others = schema.Properties?.ToArray() ?? [];
        var properties = ((OpenApiSchema)schema).Properties = new Dictionary<string, IOpenApiSchema>();
        foreach (var column in columns)
        {
            properties[column.Name] = new OpenApiSchema
            {
                Type = column.Type.IsText || column.Type == ColumnType.Port ? JsonSchemaType.String | JsonSchemaType.Null : JsonSchemaType.String,
                Format = column.Type == ColumnType.Uuid ? "uuid" : column.Type == ColumnType.Time && hasZone ? "date-time" : null,
                Pattern = column.Type == ColumnType.Time && hasZone ? @"\.[0-9]{6}Z$" : null,
                Description = $"{column.Text} {(column.Type == ColumnType.Time ? time : column.Type == ColumnType.Port ? port : "")}".TrimEnd(),
            };
        }

        foreach (var (name, property) in others)
        {
            properties[name] = property;
        }
    }
}
