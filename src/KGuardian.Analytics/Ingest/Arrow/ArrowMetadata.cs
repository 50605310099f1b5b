namespace KGuardian.Analytics.Ingest.Arrow;

/// <summary>
/// Looks at a message's metadata before Apache's reader does, which believes what it says: how deep types nest (it recurses), how many fields and buffers there
/// are (it makes lists of them). What else is wrong it notices itself.
/// </summary>
internal static class ArrowMetadata
{
    /// <summary>
    /// Metadata of a message, 64 KiB: a schema of 256 columns with pandas' description of them has some 30, and a batch of them 16. It also bounds what texts
    /// that several columns share can come to: 256 times that.
    /// </summary>
    public const int MostBytes = 64 << 10;

    /// <summary>Columns, those inside of others included. A flow has eleven.</summary>
    public const int MostFields = 256;

    private const int MostDepth = 16;

    // Numbers of fields in Arrow's Message.fbs and Schema.fbs; a union takes two, its kind and what it is.
    private const byte Schema = 1;
    private const byte Dictionary = 2;
    private const byte Batch = 3;
    private const int HeaderKind = 1;
    private const int Header = 2;
    private const int SchemaEndianness = 0;
    private const int SchemaFields = 1;
    private const int FieldChildren = 5;
    private const int DictionaryData = 1;
    private const int BatchNodes = 1;
    private const int BatchBuffers = 2;
    private const int BatchVariadicCounts = 4;
    private const int NodeBytes = 16;

    /// <summary>Looks at a message.</summary>
    /// <returns>How long the body behind it says it is, and whether it is a schema.</returns>
    /// <exception cref="NotArrowException">It claims what cannot be.</exception>
    /// <exception cref="ArgumentException">It points out of itself.</exception>
    public static (long BodyBytes, bool IsSchema) Check(ReadOnlySpan<byte> metadata)
    {
        const int BodyLength = 3;
        var message = FlatTable.Root(metadata);
        var kind = message.Byte(HeaderKind);
        switch (kind)
        {
            case Schema:
                if (message.Table(Header).Byte(SchemaEndianness) != 0)
                {
                    throw new NotArrowException("its numbers are big-endian: write little-endian ones");
                }

                var fields = 0;
                CheckFields(message.Table(Header), SchemaFields, 1, ref fields);
                break;
            case Dictionary:
                CheckBatch(message.Table(Header).Table(DictionaryData));
                break;
            case Batch:
                CheckBatch(message.Table(Header));
                break;
            default:
                throw new NotArrowException($"a message is of kind {kind}, which is no schema, dictionary or batch");
        }

        return (message.Long(BodyLength), kind == Schema);
    }

    private static void CheckFields(FlatTable parent, int vector, int depth, ref int fields)
    {
        var count = parent.Count(vector, sizeof(int));
        fields += count;
        if (fields > MostFields || (count > 0 && depth > MostDepth))
        {
            throw new NotArrowException($"the schema has more than {MostFields} columns, or types that nest deeper than {MostDepth}");
        }

        for (var i = 0; i < count; i++)
        {
            CheckFields(parent.TableOf(vector, i), FieldChildren, depth + 1, ref fields);
        }
    }

    private static void CheckBatch(FlatTable batch)
    {
        batch.Count(BatchNodes, NodeBytes);
        var buffers = batch.Count(BatchBuffers, NodeBytes);
        for (var i = batch.Count(BatchVariadicCounts, sizeof(long)) - 1; i >= 0; i--)
        {
            if (batch.LongOf(BatchVariadicCounts, i) is var count && (count < 0 || count > buffers))
            {
                throw new NotArrowException($"a column of a batch claims {count} buffers of {buffers}");
            }
        }
    }
}
