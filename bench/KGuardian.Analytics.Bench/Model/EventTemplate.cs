namespace KGuardian.Analytics.Bench.Model;

/// <summary>Placeholders of a prepared event: each is as wide as what is written over it, and its characters stand nowhere else in an event.</summary>
internal static class EventTemplate
{
    public const string Uuid = "########-####-4###-8###-############";
    public const string Port = "@@@@@";
    public const string Octet = "%%%";
    public const string Time = "~~~~-~~-~~T~~:~~:~~.~~~~~~";
}
