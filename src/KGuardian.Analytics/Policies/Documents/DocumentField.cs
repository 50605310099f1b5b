using System.Globalization;

namespace KGuardian.Analytics.Policies.Documents;

/// <summary>A value at a path of a document, read as what it has to be.</summary>
/// <param name="Path">Where it is, as errors say it.</param>
/// <param name="Node">The value.</param>
internal readonly record struct DocumentField(string Path, DocumentNode Node)
{
    /// <summary>An error at this place.</summary>
    public PolicyDocumentException Wrong(string problem) => new(Path, Node.Line, problem);

    /// <summary>The entry of a key; null when it is not there, or null.</summary>
    public DocumentField? Find(string key)
    {
        foreach (var (name, value) in Map().Entries)
        {
            if (name.Text == key)
            {
                return value is DocumentScalar { IsNull: true } ? null : new DocumentField($"{Path}.{key}", value);
            }
        }

        return null;
    }

    /// <summary>The mapping's entries. Keys that are not allowed are an error: nothing is half understood.</summary>
    /// <param name="allowed">All keys that may be there.</param>
    public DocumentField OnlyWith(params ReadOnlySpan<string> allowed)
    {
        foreach (var (name, value) in Map().Entries)
        {
            if (!allowed.Contains(name.Text))
            {
                throw new PolicyDocumentException(
                    $"{Path}.{Shown(name.Text)}", name.Line, $"the field is not known; known are {string.Join(", ", allowed!)}");
            }
        }

        return this;
    }

    /// <summary>The values of a list.</summary>
    public IReadOnlyList<DocumentField> Items()
    {
        var path = Path;
        return Node is DocumentList list ? [.. list.Items.Select((item, at) => new DocumentField($"{path}[{at}]", item))]
            : throw Wrong($"a list is wanted, not {What(Node)}");
    }

    /// <summary>The entries of a mapping from any key to a text.</summary>
    public IReadOnlyList<(string Key, DocumentField Value)> Entries()
    {
        var path = Path;
        return [.. Map().Entries.Select(entry => (entry.Key.Text, new DocumentField($"{path}.{Shown(entry.Key.Text)}", entry.Value)))];
    }

    /// <summary>A text. What YAML takes for a number, a truth value or null without quotes is none, as Kubernetes has it.</summary>
    public string Text()
    {
        if (Node is not DocumentScalar scalar)
        {
            throw Wrong($"a text is wanted, not {What(Node)}");
        }

        return !scalar.IsPlain || YamlTypes.IsText(scalar.Text) ? scalar.Text
            : throw Wrong($"a text is wanted, and {Shown(scalar.Text)} without quotes is none: write \"{Shown(scalar.Text)}\"");
    }

    /// <summary>A whole number between two others, or null when this is a text.</summary>
    public int? NumberOrText(int least, int most)
    {
        if (Node is not DocumentScalar scalar)
        {
            throw Wrong($"a number or a text is wanted, not {What(Node)}");
        }

        if (!scalar.IsPlain || YamlTypes.IsText(scalar.Text))
        {
            return null;
        }

        return int.TryParse(scalar.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) && number >= least && number <= most
            ? number : throw Wrong($"{Shown(scalar.Text)} is no number from {least} to {most}");
    }

    /// <summary>A text from outside as errors show it.</summary>
    internal static string Shown(string text) => text.Length <= 64 ? text : $"{text[..64]}…";

    private static string What(DocumentNode node) => node switch
    {
        DocumentMap => "a mapping",
        DocumentList => "a list",
        DocumentScalar { IsNull: true } => "nothing",
        DocumentScalar scalar => $"'{Shown(scalar.Text)}'",
        _ => throw new InvalidOperationException($"{node.GetType()} is no value of a document"),
    };

    private DocumentMap Map() => Node as DocumentMap ?? throw Wrong($"a mapping is wanted, not {What(Node)}");
}
