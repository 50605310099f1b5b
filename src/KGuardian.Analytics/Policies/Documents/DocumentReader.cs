using System.Text;
using YamlDotNet.Core;
using YamlDotNet.Core.Events;

namespace KGuardian.Analytics.Policies.Documents;

/// <summary>
/// Reads YAML, of which JSON is a part: several documents, anchors, aliases and merge keys. Bounded: a hostile document costs at most what
/// <see cref="MaxNodes"/> values cost, whatever it claims to be.
/// </summary>
internal sealed class DocumentReader
{
    /// <summary>Bytes taken: some 1,000 policies of 1 KB.</summary>
    public const int MaxBytes = 1 << 20;

    /// <summary>
    /// Levels of nesting taken; a policy in a list has 12. The parser looks 1,024 characters ahead at most, so one that nests deeper is refused before
    /// it has been gone through.
    /// </summary>
    public const int MaxDepth = 32;

    /// <summary>Values taken, where an alias counts as many as what it stands for: what a megabyte of the shortest ones (<c>a,</c>) has fits in.</summary>
    public const int MaxNodes = 600_000;

    private static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly Parser _parser;
    private readonly Dictionary<AnchorName, DocumentNode> _anchors = [];
    private readonly List<DocumentNode> _documents = [];
    private int _nodes;

    private DocumentReader(string text) => _parser = new Parser(new StringReader(text));

    /// <summary>Reads all documents; those without anything in them are left out.</summary>
    /// <param name="bytes">UTF-8, with a mark of its order of bytes or without.</param>
    /// <exception cref="PolicyDocumentException">It is no YAML, or beyond the bounds.</exception>
    public static IReadOnlyList<DocumentNode> Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > MaxBytes)
        {
            throw new PolicyDocumentException("documents", 1, $"they have {bytes.Length} bytes; at most {MaxBytes} are taken");
        }

        var reader = new DocumentReader(Decode(bytes));
        try
        {
            return reader.ReadAll();
        }
        catch (YamlException e)
        {
            throw new PolicyDocumentException("documents", e.Start.Line, $"no YAML and no JSON: {e.Message}");
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            // What the parser throws for some damaged texts in place of its own exception, halves of characters in the wrong order among them.
            throw new PolicyDocumentException("documents", reader._parser.Current?.End.Line ?? 1, "no YAML and no JSON behind this line");
        }
    }

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return StrictUtf8.GetString(bytes.StartsWith("\uFEFF"u8) ? bytes[3..] : bytes);
        }
        catch (DecoderFallbackException e)
        {
            throw new PolicyDocumentException("documents", 1 + bytes[..Math.Max(0, e.Index)].Count((byte)'\n'), "they are not UTF-8");
        }
    }

    private List<DocumentNode> ReadAll()
    {
        _parser.Consume<StreamStart>();
        while (!_parser.Accept<StreamEnd>(out _))
        {
            _parser.Consume<DocumentStart>();
            // An anchor is known within its document only.
            _anchors.Clear();
            var document = ReadNode($"documents[{_documents.Count}]", depth: 0);
            if (document is not DocumentScalar { IsNull: true })
            {
                _documents.Add(document);
            }

            _parser.Consume<DocumentEnd>();
        }

        return _documents;
    }

    private DocumentNode ReadNode(string path, int depth)
    {
        var line = _parser.Current!.Start.Line;
        if (depth > MaxDepth)
        {
            throw new PolicyDocumentException(path, line, $"it is nested more than {MaxDepth} levels deep");
        }

        if (_parser.TryConsume<AnchorAlias>(out var alias))
        {
            return _anchors.TryGetValue(alias.Value, out var meant) ? Counted(meant, meant.Size, path)
                : throw new PolicyDocumentException(path, alias.Start.Line, $"the alias *{alias.Value} stands for nothing that is complete before it");
        }

        var start = _parser.Accept<NodeEvent>(out var node) ? node
            : throw new PolicyDocumentException(path, line, "a value is missing");
        DocumentNode read = node switch
        {
            MappingStart => ReadMap(path, depth),
            SequenceStart => ReadList(path, depth),
            _ => ReadScalar(path),
        };
        if (!start.Anchor.IsEmpty)
        {
            _anchors[start.Anchor] = read;
        }

        return read;
    }

    private DocumentScalar ReadScalar(string path)
    {
        var scalar = _parser.Consume<Scalar>();
        var isText = scalar.Tag == "tag:yaml.org,2002:str" || scalar.Tag == "!";
        if (!isText && !scalar.Tag.IsEmpty)
        {
            throw new PolicyDocumentException(path, scalar.Start.Line, $"the tag {scalar.Tag} is not known; only !!str is");
        }

        return Counted(new DocumentScalar(scalar.Value, scalar.Style == ScalarStyle.Plain && !isText, scalar.Start.Line), 1, path);
    }

    private DocumentList ReadList(string path, int depth)
    {
        var start = _parser.Consume<SequenceStart>();
        var items = new List<DocumentNode>();
        while (!_parser.TryConsume<SequenceEnd>(out _))
        {
            items.Add(ReadNode($"{path}[{items.Count}]", depth + 1));
        }

        return Counted(new DocumentList(items, start.Start.Line, 1 + items.Sum(item => item.Size)), 1, path);
    }

    private DocumentMap ReadMap(string path, int depth)
    {
        var start = _parser.Consume<MappingStart>();
        var entries = new OrderedDictionary<string, KeyValuePair<DocumentScalar, DocumentNode>>();
        var merged = new List<DocumentMap>();
        while (!_parser.TryConsume<MappingEnd>(out _))
        {
            var key = ReadNode(path, depth + 1) as DocumentScalar
                ?? throw new PolicyDocumentException(path, start.Start.Line, "a key is a list or a mapping; keys are texts");
            var value = ReadNode($"{path}.{key.Text}", depth + 1);
            if (key is { IsPlain: true, Text: "<<" })
            {
                AddMerged(merged, value, $"{path}.<<");
            }
            else if (!entries.TryAdd(key.Text, new(key, value)))
            {
                throw new PolicyDocumentException($"{path}.{key.Text}", key.Line, $"the key stands there twice, in line {entries[key.Text].Key.Line} too");
            }
        }

        // What is written in the mapping itself goes before what is merged into it, and of that the earlier one.
        foreach (var entry in merged.SelectMany(map => map.Entries))
        {
            entries.TryAdd(entry.Key.Text, entry);
        }

        return Counted(
            new DocumentMap([.. entries.Values], start.Start.Line, 1 + entries.Values.Sum(entry => 1 + entry.Value.Size)), 1, path);
    }

    private static void AddMerged(List<DocumentMap> merged, DocumentNode value, string path)
    {
        IReadOnlyList<DocumentNode> maps = value is DocumentList list ? list.Items : [value];
        foreach (var map in maps)
        {
            merged.Add(map as DocumentMap ?? throw new PolicyDocumentException(path, map.Line, "only mappings can be merged"));
        }
    }

    private T Counted<T>(T node, int nodes, string path)
        where T : DocumentNode
    {
        _nodes = (int)Math.Min(int.MaxValue, (long)_nodes + nodes);
        return _nodes <= MaxNodes ? node
            : throw new PolicyDocumentException(path, node.Line, $"the documents have more than {MaxNodes} values, those that aliases stand for included");
    }
}
