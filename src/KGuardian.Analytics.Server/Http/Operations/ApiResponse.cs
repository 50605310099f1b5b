namespace KGuardian.Analytics.Server.Http.Operations;

/// <summary>An answer of a route; one status may have several, of different media types.</summary>
/// <param name="Status">Its status.</param>
/// <param name="Schema">Name of the schema in components.json; null for bytes and texts of no schema.</param>
/// <param name="MediaType">Its media type.</param>
/// <param name="Text">When it comes; null for the obvious.</param>
internal sealed record ApiResponse(int Status, string? Schema, string MediaType = "application/json", string? Text = null)
{
    public static ApiResponse Ok(string schema) => new(StatusCodes.Status200OK, schema);

    public static ApiResponse Ok(string? schema, string mediaType) => new(StatusCodes.Status200OK, schema, mediaType);

    /// <summary>An error, in the style of the family; its schema is called as the style is.</summary>
    public static ApiResponse Error(ApiFamily family, int status, string text) =>
        family.Errors switch
        {
            ErrorStyle.Sentence => new(status, null, "text/plain", text),
            ErrorStyle.Problem => new(status, nameof(ErrorStyle.Problem), "application/problem+json", text),
            _ => new(status, family.Errors.ToString(), "application/json", text),
        };
}
