using System.Text;
using KGuardian.Analytics.Flows;

namespace KGuardian.Analytics.Tests.Unit.Ingest;

public sealed class FlowKeyHasherTests
{
    // The official vectors' key: bytes 00 to 0f. Their input of length n: bytes 00 to n-1.
    private const ulong K0 = 0x0706050403020100;
    private const ulong K1 = 0x0f0e0d0c0b0a0908;

    [Theory]
    [InlineData(0, "A3817F04BA25A8E66DF67214C7550293")]
    [InlineData(1, "DA87C1D86B99AF44347659119B22FC45")]
    [InlineData(2, "8177228DA4A45DC7FCA38BDEF60AFFE4")]
    [InlineData(3, "9C70B60C5267A94E5F33B6B02985ED51")]
    [InlineData(4, "F88164C12D9C8FAF7D0F6E7C7BCD5579")]
    [InlineData(5, "1368875980776F8854527A07690E9627")]
    [InlineData(6, "14EECA338B208613485EA0308FD7A15E")]
    [InlineData(7, "A1F1EBBED8DBC153C0B84AA61FF08239")]
    [InlineData(8, "3B62A9BA6258F5610F83E264F31497B4")]
    [InlineData(9, "264499060AD9BAABC47F8B02BB6D71ED")]
    [InlineData(15, "5493E99933B0A8117E08EC0F97CFC3D9")]
    [InlineData(16, "6EE2A4CA67B054BBFD3315BF85230577")]
    [InlineData(63, "5150D1772F50834A503E069A973FBD7C")]
    public void Compute_OfficialVector_IsTheSame(int length, string expected)
    {
        var data = Enumerable.Range(0, length).Select(value => (byte)value).ToArray();
        Assert.Equal(expected, SipHash128.Compute(K0, K1, data).ToString());
    }

    // Computed by ClickHouse 26.7 with SqlExpression, alike for Nullable(String) and LowCardinality(Nullable(String)).
    // "300p" stands for 300 times the letter p.
    [Theory]
    [InlineData("10.128.0.7", "EGRESS", "172.20.0.1", "TCP", "ALLOW", 48974, 6443, "AB4750EDAA4827718F6F92DE809C8C63")]
    [InlineData("10.128.0.7", "INGRESS", "172.20.0.1", "TCP", "ALLOW", 48974, 6443, "51294ECBB31EC6052AD06DF5473FBAA6")]
    [InlineData(null, null, null, null, null, -1, -1, "D79901F7BFFDB872079FF2948DBB6CEF")]
    [InlineData("", "", "", "", "", -2, -2, "E0638E11553A97F87CB94393961E694A")]
    [InlineData("", null, "", null, "", 0, 0, "AACD2504B9DBDC023B314B135A7AD246")]
    [InlineData(null, "INGRESS", "10.0.0.1", "UDP", null, 53, 0, "A40AE5863EC425DFA5A568E361309B4B")]
    [InlineData("10.0.0.1", "", "EGRESS", "UDP", "DROP", 65535, 65536, "66D9FCF88E48E20172B1F8C8DAB69CB9")]
    [InlineData("fe80::1", "EGRESS", "2001:db8::ff", "ICMPv6", "DROP", 0, -1, "7A3987F4603EFE3AB88371527E4F2957")]
    [InlineData("a", "b", "c", "d", "e", 1, 2, "B634A7242C719CDDCAB463C9612BBDA0")]
    [InlineData("ab", "", "c", "d", "e", 1, 2, "E48498C951C881755D8B5C3E81F807B6")]
    [InlineData("größe", "日本", "🙂", "UNKNOWN(7)", "ALLOW", 8080, 443, "EA7949C400E1C49B3BEC210E6CFCA1A7")]
    [InlineData("1024x", "1024y", "1024z", "1024w", "1024v", 67108863, 443, "899E0455B2F88852AB442F322F7CE360")]
    [InlineData("300p", "EGRESS", "200q", "TCP", "DROP", 8080, 65979, "667C9A78B2DA3DD55DBBADAE7433EDE6")]
    public void Hash_FlowThatClickHouseHashed_IsTheSame(string? podIp, string? trafficType, string? peerIp, string? protocol,
        string? decision, int podPort, int peerPort, string expected)
    {
        var text = new List<byte>();
        var key = new FlowKeyHasher(K0, K1).Hash(
            Add(podIp, out var a, Add(trafficType, out var b, Add(peerIp, out var c, Add(protocol, out var d, Add(decision, out var e, text))))).ToArray(),
            a, b, c, d, e, podPort, peerPort);
        Assert.Equal(expected, key.ToString());
    }

    private static List<byte> Add(string? value, out TextRef where, List<byte> text)
    {
        var bytes = Encoding.UTF8.GetBytes(
            value?.Length > 1 && int.TryParse(value[..^1], out var times) ? new string(value[^1], times) : value ?? "");
        where = value is null ? TextRef.Null : new TextRef(text.Count, bytes.Length);
        text.AddRange(bytes);
        return text;
    }
}
