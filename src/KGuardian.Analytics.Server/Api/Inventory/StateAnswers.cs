using System.Text.Encodings.Web;
using System.Text.Json;

namespace KGuardian.Analytics.Server.Api.Inventory;

/// <summary>Answers of a known size.</summary>
internal static class StateAnswers
{
    /// <summary>Writes characters as they are: manifests come so, and no answer is part of a page.</summary>
    internal static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    /// <summary>Answers with what is written, or 404 where there is nothing.</summary>
    public static Task WriteAsync<TState>(HttpContext context, TState? state, Action<Utf8JsonWriter, TState> write)
        where TState : class
    {
        if (state is null)
        {
            return NoData.WriteAsync(context);
        }

        return WriteAsync(context, json => write(json, state));
    }

    /// <summary>Answers with what is written.</summary>
    public static Task WriteAsync(HttpContext context, Action<Utf8JsonWriter> write)
    {
        context.Response.ContentType = "application/json";
        using (var json = new Utf8JsonWriter(context.Response.BodyWriter, Options))
        {
            write(json);
        }

        return Task.CompletedTask;
    }
}
