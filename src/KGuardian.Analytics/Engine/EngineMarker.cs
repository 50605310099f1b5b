namespace KGuardian.Analytics.Engine;
internal static class Marker;
