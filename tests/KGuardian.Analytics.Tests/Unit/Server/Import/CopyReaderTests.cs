using System.Buffers.Binary;
using KGuardian.Analytics.Server.Import.Postgres;

namespace KGuardian.Analytics.Tests.Unit.Server.Import;

public sealed class CopyReaderTests
{
    [Fact]
    public async Task Rows_come_out_as_they_were_however_the_stream_is_cut()
    {
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            byte[]?[][] rows =
                [.. Enumerable.Range(0, random.Next(0, 20)).Select(_ => Enumerable.Range(0, random.Next(1, 8)).Select(_ => Field(random)).ToArray())];
            var reader = new CopyReader(new Trickle(Encode(rows), random));

            foreach (var row in rows)
            {
                Assert.True(await reader.ReadAsync(CancellationToken.None));
                for (var i = 0; i < row.Length; i++)
                {
                    Assert.Equal(row[i] is null, reader.IsNull(i));
                    Assert.Equal(row[i] ?? [], reader[i].ToArray());
                }
            }

            Assert.False(await reader.ReadAsync(CancellationToken.None));
            Assert.True(reader.IsEnded);
        }
    }

    [Fact]
    public async Task Stream_that_ends_early_or_is_something_else_is_an_error()
    {
        var whole = Encode([["a"u8.ToArray(), null]]);
        for (var length = 0; length < whole.Length; length++)
        {
            var reader = new CopyReader(new MemoryStream(whole[..length]));
            await Assert.ThrowsAsync<InvalidDataException>(async () =>
            {
                while (await reader.ReadAsync(CancellationToken.None))
                {
                }
            });
        }

        await Assert.ThrowsAsync<InvalidDataException>(async () =>
            await new CopyReader(new MemoryStream(new byte[100])).ReadAsync(CancellationToken.None));
    }

    private static byte[]? Field(Random random)
    {
        var bytes = new byte[random.Next(0, 100) == 0 ? 300_000 : random.Next(0, 50)];
        random.NextBytes(bytes);
        return random.Next(0, 5) == 0 ? null : bytes;
    }

    private static byte[] Encode(byte[]?[][] rows)
    {
        using var bytes = new MemoryStream();
        bytes.Write([80, 71, 67, 79, 80, 89, 10, 255, 13, 10, 0]);
        Number(0, 4);
        Number(3, 4);
        bytes.Write("ext"u8);
        foreach (var row in rows)
        {
            Number(row.Length, 2);
            foreach (var field in row)
            {
                Number(field?.Length ?? -1, 4);
                bytes.Write(field ?? []);
            }
        }

        Number(-1, 2);
        return bytes.ToArray();

        void Number(int value, int size)
        {
            Span<byte> number = stackalloc byte[4];
            BinaryPrimitives.WriteInt32BigEndian(number, value);
            bytes.Write(number[(4 - size)..]);
        }
    }

    /// <summary>Gives a few bytes at a time.</summary>
    private sealed class Trickle(byte[] bytes, Random random) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, random.Next(0, 3) == 0 ? random.Next(1, 20) : random.Next(1, 100_000))], cancellationToken);
    }
}
