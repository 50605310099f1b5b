using KGuardian.Analytics.Query;
using KGuardian.Analytics.Query.Cursors;
using KGuardian.Analytics.Query.Filters;
using KGuardian.Analytics.Server.Http.Parameters;

namespace KGuardian.Analytics.Server.Api.Flows;

/// <summary>
/// A cursor as a request brought it. One that cannot be used, or not with what else the request asks for, is a 400 that names where it stood.
/// </summary>
/// <param name="Name">The parameter or header.</param>
/// <param name="Text">Its text; null when none was given.</param>
/// <param name="Allowed">What could have been there.</param>
internal readonly record struct RequestCursor(string Name, string? Text, string Allowed)
{
    /// <summary>A page's cursor.</summary>
    /// <exception cref="ParameterException">It was altered, or is too old.</exception>
    public FlowCursor? ReadPage(CursorSigner signer, DateTimeOffset now)
    {
        try
        {
            return Text is null ? null : signer.Read(Text, now);
        }
        catch (CursorException e)
        {
            throw Unusable(e);
        }
    }

    /// <summary>A tail's cursor.</summary>
    /// <exception cref="ParameterException">It was altered, or is too old.</exception>
    public TailCursor? ReadTail(CursorSigner signer, DateTimeOffset now)
    {
        try
        {
            return Text is null ? null : signer.ReadTail(Text, now);
        }
        catch (CursorException e)
        {
            throw Unusable(e);
        }
    }

    /// <summary>Makes sure that a page's cursor, as it was read, goes on with the same walk.</summary>
    /// <exception cref="ParameterException">It is another's.</exception>
    public void Check(FlowCursor? cursor, FlowSelection selection, bool newestFirst)
    {
        try
        {
            cursor?.Check(selection, newestFirst);
        }
        catch (CursorException e)
        {
            throw Unusable(e);
        }
    }

    /// <summary>Makes sure that a tail's cursor, as it was read, is of the same flows.</summary>
    /// <exception cref="ParameterException">It is another's.</exception>
    public void Check(TailCursor? cursor, FlowFilter filter)
    {
        try
        {
            cursor?.Check(filter);
        }
        catch (CursorException e)
        {
            throw Unusable(e);
        }
    }

    private ParameterException Unusable(CursorException e) => new(Name, Text, e.Problem, Allowed);
}
