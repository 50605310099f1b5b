using KGuardian.Analytics.Query.Windows;

namespace KGuardian.Analytics.Query.Edges;

/// <summary>A window has more states of pods and addresses than are held in memory.</summary>
/// <param name="window">The window.</param>
internal sealed class TooManyNamesException(TimeWindow window)
    : Exception($"the inventory changed more than {NameSpans.Most} times from {window}; ask for a shorter window");
