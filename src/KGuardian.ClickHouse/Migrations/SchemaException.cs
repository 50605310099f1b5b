namespace KGuardian.ClickHouse.Migrations;

/// <summary>The store's schema is not one that this binary may work on; the text says why and what to do.</summary>
internal sealed class SchemaException(string message) : Exception(message);
