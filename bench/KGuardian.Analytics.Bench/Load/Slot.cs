namespace KGuardian.Analytics.Bench.Load;

/// <summary>Where in the prepared bytes an event's changing parts stand, and which stem its flows belong to.</summary>
internal readonly record struct Slot(int Stem, bool Udp, uint Network, int Uuid, int Port, int Address, int Time);
