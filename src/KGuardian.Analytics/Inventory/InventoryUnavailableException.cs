namespace KGuardian.Analytics.Inventory;

/// <summary>What was said cannot be taken now: the same post may be sent again later. Nothing of it is in effect.</summary>
internal sealed class InventoryUnavailableException(string message) : Exception(message);
