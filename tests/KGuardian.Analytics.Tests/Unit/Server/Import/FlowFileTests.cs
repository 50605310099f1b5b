using System.Text;
using DuckDB.NET.Data;
using KGuardian.Analytics.Server.Client;
using KGuardian.Analytics.Server.Import;
using KGuardian.Analytics.Server.Import.Files;
using KGuardian.Analytics.Tests.Testing.Data;
using ZstdSharp;

namespace KGuardian.Analytics.Tests.Unit.Server.Import;

/// <summary>Rows of files, whatever their form, within a bounded memory.</summary>
public sealed class FlowFileTests : IDisposable
{
    private const int Huge = 200 << 20;

    private readonly TestDirectory _directory = new();

    [Fact]
    public async Task Line_of_200_MB_is_rejected_and_not_held()
    {
        var flow = FlowEvent.Of("pod", 1).ToJson();
        var path = Bomb($"{flow}\n{{\"pod_name\":\"", $"\"}}\r\n{flow}");

        Assert.InRange(new FileInfo(path).Length, 0, 1 << 20);
        var before = GC.GetTotalAllocatedBytes();
        var rows = await ReadAsync(path);

        // The begin of the line in the reader's text and in the reject's, and what other tests take meanwhile; held it would be more than 400 MB.
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 300L << 20);
        Assert.Equal([(1, null), (2, "too_long: more than 1048576 characters"), (3, null)], rows.Select(row => (row.Line, row.Fault?.Reason)));
        Assert.InRange(rows[1].Fault!.Text.Length, 1000, 10_000);
    }

    [Fact]
    public async Task Element_of_an_array_that_is_too_long_ends_the_file()
    {
        var path = Bomb($"[{FlowEvent.Of("pod", 1).ToJson()},\"", "\"]");
        var before = GC.GetTotalAllocatedBytes();

        var failed = await Assert.ThrowsAsync<CommandException>(() => ReadAsync(path));

        Assert.Contains("a row has more than 8388608 bytes", failed.Message, StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 300L << 20);
    }

    [Fact]
    public async Task Packed_files_are_read_frame_by_frame_and_not_believed_when_they_break_off()
    {
        var lines = FlowEvent.Many("pod", 100).Select(flow => $"{flow.ToJson()}\n").ToArray();
        using var compressor = new Compressor();
        byte[] Frame(Range rows) => compressor.Wrap(Encoding.UTF8.GetBytes(string.Concat(lines[rows]))).ToArray();

        Assert.Equal(100, (await ReadAsync(Write("two", [.. Frame(..50), .. Frame(50..)]))).Count);
        var arrow = ArrowBodies.Of(FlowEvent.Many("pod", 100), new ArrowForm());
        Assert.Equal(100, (await ReadAsync(Write("arrow.zst", compressor.Wrap(arrow).ToArray()))).Count);
        await AssertAsync("cannot be read to its end", Frame(..)[..^9]);
        await AssertAsync("cannot be read to its end", [0x28, 0xB5, 0x2F, 0xFD, 0]);
        await AssertAsync("cannot be read to its end", arrow[..^200]);
        await AssertAsync("which is read from its end", compressor.Wrap("PAR1 and more"u8).ToArray());
        await AssertAsync("Parquet cannot be read", "PAR1 and more"u8.ToArray());

        async Task AssertAsync(string said, byte[] bytes) => Assert.Contains(
            said, (await Assert.ThrowsAsync<CommandException>(() => ReadAsync(Write("broken", bytes)))).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PARQUET_VERSION v1, COMPRESSION snappy")]
    [InlineData("PARQUET_VERSION v1, COMPRESSION zstd")]
    [InlineData("COMPRESSION uncompressed, ROW_GROUP_SIZE 2048")]
    public async Task Parquet_of_DuckDB_has_its_texts_numbers_times_and_nulls(string options)
    {
        var path = At("duck.parquet");
        using (var connection = new DuckDBConnection("DataSource=:memory:"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"""
                COPY (SELECT uuid() AS uuid, 'pod-' || (i % 3) AS pod_name, CASE WHEN i % 2 = 0 THEN NULL ELSE '' END AS pod_namespace,
                    (i % 65536)::USMALLINT AS pod_port, CASE WHEN i % 4 = 0 THEN NULL ELSE '00' || i END AS pod_port_text, i::BIGINT AS counted,
                    i % 2 = 0 AS is_even, TIMESTAMP '2026-05-12 10:00:00.000007' + to_microseconds(i) AS time_stamp,
                    TIMESTAMPTZ '2026-05-12 10:00:00+00' AS zoned, [i] AS listed
                FROM range(5000) AS numbers(i) ORDER BY i) TO '{path}' (FORMAT parquet, {options})
                """;
            command.ExecuteNonQuery();
        }

        var rows = await ReadAsync(path);

        Assert.Equal(5000, rows.Count);
        foreach (var (i, (line, row, fault)) in rows.Index())
        {
            Assert.Equal(((long)i + 1, null), (line, fault));
            Assert.Equal(
                (
                    $"pod-{i % 3}", i % 2 == 0 ? null : "", i % 4 == 0 ? null : $"00{i}", $"{i}", i % 2 == 0 ? "true" : "false",
                    $"2026-05-12T10:00:00.{i + 7:D6}"),
                (row.Text("pod_name"), row.Text("pod_namespace"), row.Text("pod_port"), row.Text("counted"), row.Text("is_even"), row.Text("time_stamp")));
            Assert.Equal(("2026-05-12T10:00:00.000000", null), (row.Text("zoned"), row.Text("listed")));
            Assert.True(Guid.TryParseExact(row.Text("uuid"), "D", out _));
        }
    }

    [Fact]
    public async Task Damaged_Parquet_and_Arrow_are_said_in_a_line_whatever_is_wrong()
    {
        var parquet = At("duck.parquet");
        using (var connection = new DuckDBConnection("DataSource=:memory:"))
        {
            connection.Open();
            using var command = connection.CreateCommand();
            command.CommandText = $"COPY (SELECT i::VARCHAR AS pod_name, i::INTEGER AS pod_port FROM range(100) AS numbers(i)) TO '{parquet}' (FORMAT parquet)";
            command.ExecuteNonQuery();
        }

        var random = new Random(Fuzz.Seed(7));
        var arrow = ArrowBodies.Of(FlowEvent.Many("pod", 20), new ArrowForm("dictionary", IsFile: true));
        foreach (var whole in new[] { await File.ReadAllBytesAsync(parquet, TestContext.Current.CancellationToken), arrow })
        {
            for (var round = 0; round < 150; round++)
            {
                var bytes = whole.ToArray();
                bytes[random.Next(8, bytes.Length)] = (byte)random.Next(256);
                try
                {
                    await ReadAsync(Write("damaged", bytes));
                }
                catch (CommandException e)
                {
                    Assert.Contains("cannot be read to its end", e.Message, StringComparison.Ordinal);
                }
            }
        }
    }

    public void Dispose() => _directory.Dispose();

    private static async Task<List<(long Line, SourceRow Row, RejectedSource? Fault)>> ReadAsync(string path)
    {
        var rows = new List<(long, SourceRow, RejectedSource?)>();
        await foreach (var row in FlowFile.ReadAsync(path, TestContext.Current.CancellationToken))
        {
            rows.Add(row);
        }

        return rows;
    }

    /// <summary>A file of some KB that unpacks to <see cref="Huge"/> bytes between two texts.</summary>
    private string Bomb(string begin, string end)
    {
        var path = At("bomb.zst");
        using var file = File.Create(path);
        using var zstd = new CompressionStream(file);
        zstd.Write(Encoding.UTF8.GetBytes(begin));
        var part = Encoding.UTF8.GetBytes(new string('x', 1 << 20));
        for (var written = 0; written < Huge; written += part.Length)
        {
            zstd.Write(part);
        }

        zstd.Write(Encoding.UTF8.GetBytes(end));
        return path;
    }

    private string At(string name) => Path.Combine(_directory.Path, name);

    private string Write(string name, byte[] bytes)
    {
        File.WriteAllBytes(At(name), bytes);
        return At(name);
    }
}
