namespace KGuardian.Analytics.Policies.Documents;

/// <summary>A value in a YAML or JSON document, and where it stands.</summary>
/// <param name="Line">Its line, from 1.</param>
/// <param name="Size">Nodes in it, itself included, each alias counted as what it stands for.</param>
internal abstract record DocumentNode(long Line, int Size);

/// <summary>A text, number, truth value or null.</summary>
/// <param name="Text">As written, without quotes.</param>
/// <param name="IsPlain">Whether it was written without quotes: then it may be something else than a text.</param>
/// <param name="Line">See <see cref="DocumentNode"/>.</param>
internal sealed record DocumentScalar(string Text, bool IsPlain, long Line) : DocumentNode(Line, 1)
{
    /// <summary>Whether it is null, written as such or left out.</summary>
    public bool IsNull => IsPlain && Text is "" or "~" or "null" or "Null" or "NULL";
}

/// <summary>A list.</summary>
internal sealed record DocumentList(IReadOnlyList<DocumentNode> Items, long Line, int Size) : DocumentNode(Line, Size);

/// <summary>A mapping of keys, each of them once, in the order of the document.</summary>
internal sealed record DocumentMap(IReadOnlyList<KeyValuePair<DocumentScalar, DocumentNode>> Entries, long Line, int Size) : DocumentNode(Line, Size);
