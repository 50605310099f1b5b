using System.Net;
using KGuardian.Analytics.Server.Anonymise;

namespace KGuardian.Analytics.Tests.Unit.Server.Anonymise;

/// <summary>Addresses: the published algorithm, and what stays of them.</summary>
public sealed class CryptoPanTests
{
    /// <summary>The key of Crypto-PAn's own sample.</summary>
    private static readonly byte[] SampleKey =
    [
        21, 34, 23, 141, 51, 164, 207, 128, 19, 10, 91, 22, 73, 144, 125, 16, 216, 152, 143, 131, 121, 121, 101, 39, 98, 87, 76, 45, 42, 132, 34, 2,
    ];

    /// <summary>Of the trace that Crypto-PAn 1.0 comes with (sample_trace_raw.dat and _sanitized.dat).</summary>
    [Theory]
    [InlineData("128.11.68.132", "135.242.180.132")]
    [InlineData("129.118.74.4", "134.136.186.123")]
    [InlineData("130.132.252.244", "133.68.164.234")]
    [InlineData("141.223.7.43", "141.167.8.160")]
    [InlineData("141.233.145.108", "141.129.237.235")]
    [InlineData("152.163.225.39", "151.140.114.167")]
    public void Addresses_are_those_of_the_published_program(string address, string expected)
    {
        using var pan = new CryptoPan(SampleKey);
        var mapped = new byte[4];

        pan.Map(IPAddress.Parse(address).GetAddressBytes(), mapped);

        Assert.Equal(expected, new IPAddress(mapped).ToString());
    }

    [Theory]
    [InlineData(4)]
    [InlineData(16)]
    public void Two_addresses_share_as_many_leading_bits_as_before_and_none_becomes_another_ones(int length)
    {
        using var addresses = new AddressAnonymiser(new AnonymiseKey(SampleKey));
        var random = new Random(7);
        var originals = new List<IPAddress>();
        for (var index = 0; index < 300; index++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            // Half of them near another one.
            if (index % 2 == 1)
            {
                var near = originals[random.Next(originals.Count)].GetAddressBytes();
                var shared = random.Next(8 * length);
                for (var bit = 0; bit < shared; bit++)
                {
                    var mask = (byte)(128 >> (bit % 8));
                    bytes[bit / 8] = (byte)((bytes[bit / 8] & ~mask) | (near[bit / 8] & mask));
                }
            }

            originals.Add(new IPAddress(bytes));
        }

        var mapped = originals.Select(addresses.Map).ToArray();

        for (var one = 0; one < originals.Count; one++)
        {
            for (var other = 0; other < one; other++)
            {
                Assert.Equal(Shared(originals[one], originals[other]), Shared(mapped[one], mapped[other]));
            }
        }

        Assert.True(originals.Zip(mapped).Count(pair => pair.First.Equals(pair.Second)) < 10);
    }

    [Theory]
    [InlineData("10.1.2.3", "10.0.0.0/8")]
    [InlineData("172.20.1.9", "172.16.0.0/12")]
    [InlineData("192.168.3.4", "192.168.0.0/16")]
    [InlineData("100.77.31.9", "100.64.0.0/10")]
    [InlineData("127.0.0.53", "127.0.0.0/8")]
    [InlineData("169.254.9.9", "169.254.0.0/16")]
    [InlineData("fd12:3456::1", "fc00::/7")]
    [InlineData("fe80::1234", "fe80::/10")]
    [InlineData("0.0.0.0", "0.0.0.0/32")]
    [InlineData("::1", "::1/128")]
    public void Private_and_local_addresses_keep_their_block(string address, string block)
    {
        using var addresses = new AddressAnonymiser(new AnonymiseKey(SampleKey));
        var network = IPNetwork.Parse(block);
        var mapped = addresses.Map(IPAddress.Parse(address));

        Assert.True(network.Contains(mapped), $"{mapped}");
        Assert.Equal(network.PrefixLength % 32 == 0, mapped.ToString() == address);
    }

    [Fact]
    public void No_public_address_comes_to_lie_in_a_block_that_stays()
    {
        using var addresses = new AddressAnonymiser(new AnonymiseKey(SampleKey));
        IPNetwork[] blocks = [IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("172.16.0.0/12"), IPNetwork.Parse("192.168.0.0/16")];
        var random = new Random(3);
        for (var index = 0; index < 2000; index++)
        {
            // Beside the blocks, where it could happen.
            byte[] bytes = [(byte)(index % 2 == 0 ? random.Next(8, 12) : random.Next(170, 194)), .. new byte[3]];
            random.NextBytes(bytes.AsSpan(1));
            var address = new IPAddress(bytes);
            var mapped = addresses.Map(address);

            Assert.All(blocks, block => Assert.Equal(block.Contains(address), block.Contains(mapped)));
        }
    }

    private static int Shared(IPAddress one, IPAddress other)
    {
        var (left, right) = (one.GetAddressBytes(), other.GetAddressBytes());
        var shared = 0;
        while (shared < 8 * left.Length && ((left[shared / 8] ^ right[shared / 8]) & (128 >> (shared % 8))) == 0)
        {
            shared++;
        }

        return shared;
    }
}
