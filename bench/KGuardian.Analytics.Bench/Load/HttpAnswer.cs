namespace KGuardian.Analytics.Bench.Load;

/// <summary>
/// What a response came to. Times are <see cref="System.Diagnostics.Stopwatch"/> ticks; rows are the marks ('{' unless said otherwise) counted in the body.
/// </summary>
internal readonly record struct HttpAnswer(int Status, long BodyBytes, long Rows, long FirstByteAt, long LastByteAt)
{
    public bool IsSuccess => Status is >= 200 and < 300;
}
