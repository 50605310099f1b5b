using Microsoft.Extensions.Logging;

namespace KGuardian.Analytics.Tests.Testing;

/// <summary>Does something when a line of a number is logged: at that very place in the code.</summary>
internal sealed class ActingLogger<T>(int number, Action act) : ILogger<T>
{
    public IDisposable? BeginScope<TState>(TState state)
        where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (eventId.Id == number)
        {
            act();
        }
    }
}
