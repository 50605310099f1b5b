using Microsoft.OpenApi;

namespace KGuardian.Analytics.Server.OpenApi;

/// <summary>The schemas of bodies and answers, with their examples: components.json, which is part of the program.</summary>
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
        return read.Document!.Components!.Schemas!;
    }
}
