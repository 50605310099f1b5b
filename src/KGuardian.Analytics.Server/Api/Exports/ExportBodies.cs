using KGuardian.Analytics.Exports.Schedules;
using KGuardian.Analytics.Query.Filters.Language;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Exports;

/// <summary>Documents of schedules, as bodies.</summary>
internal static class ExportBodies
{
    /// <summary>A body that is taken.</summary>
    public const string Example = """{"name": "nightly", "reportType": "flows", "schedule": {"cron": "0 2 * * *", "timeZone": "Europe/Berlin"}}""";

    /// <summary>What is wrong with a document is said as of a parameter.</summary>
    /// <exception cref="ParameterException">The document cannot be taken.</exception>
    public static T Take<T>(Func<T> read)
    {
        try
        {
            return read();
        }
        catch (ExportException e)
        {
            throw Wrong(e);
        }
    }

    /// <summary>The same of what is not done at once.</summary>
    /// <exception cref="ParameterException">The document cannot be taken.</exception>
    public static async Task<T> TakeAsync<T>(Func<Task<T>> act)
    {
        try
        {
            return await act();
        }
        catch (ExportException e)
        {
            throw Wrong(e);
        }
    }

    private static ParameterException Wrong(ExportException exception)
    {
        var wrong = new ParameterException(exception.Field, exception.Value, exception.Problem, exception.Allowed);
        if (exception.InnerException is FilterException filter)
        {
            wrong.Details["position"] = filter.Position;
        }

        return wrong;
    }
}
